import { z } from 'zod';
import { decimal, duration } from './schema.ts';

/** What calls may cost and how long they may take, of a route or of a release: each holds for itself. */
export const Budgets = z
  .strictObject({
    dailyUSD: decimal().optional().describe('What calls may cost a day (UTC) together, in USD.'),
    perCallUSD: decimal()
      .optional()
      .describe('What a call may cost, in USD, as estimated from its input and its own limit on the answer.'),
    firstToken: duration()
      .optional()
      .describe('Longest wait for the first byte of a stream, fallbacks included.'),
    total: duration().optional().describe('Longest duration of a call, fallbacks included.'),
    chain: z
      .strictObject({
        costUSD: decimal().optional().describe('What the calls of a chain may cost together, in USD.'),
        total: duration().optional().describe('How long the calls of a chain may take together.'),
      })
      .optional()
      .describe('What the calls of one caller that carry the same x-sluice-chain may take together.'),
    onLimit: z
      .enum(['Warn', 'Degrade', 'Refuse'])
      .optional()
      .describe(
        'What a call gets that a limit on cost or on a chain leaves no room for: Warn lets it pass and says so, Degrade answers onExhausted.degraded of the route, Refuse answers 429. Default Refuse.',
      ),
  })
  .describe('What a call, a chain of calls and a day of calls may take.');
export type Budgets = z.infer<typeof Budgets>;
