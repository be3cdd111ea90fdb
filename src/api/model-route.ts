import { z } from 'zod';
import { Budgets } from './budgets.ts';
import { Privacy } from './privacy.ts';
import { Owner, Rollout } from './rollout.ts';
import { duration, freeform, listMap, objectName, reference, text } from './schema.ts';

export const Backend = z.strictObject({
  name: objectName(63).describe('Name of the backend, unique in the list.'),
  providerRef: reference().describe('The ModelProvider that is called.'),
  model: text(253).describe('The model, as the provider names it.'),
  parameters: freeform().optional().describe("Passed to the provider; a prompt's own parameters win."),
  timeouts: z
    .strictObject({
      firstToken: duration()
        .optional()
        .describe(
          'Longest wait for the first byte of an answer, and where it is more than 30s, longest silence in mid-answer as well. Default 30s.',
        ),
      total: duration().optional().describe('Longest duration of a whole call. Default 10m.'),
    })
    .optional()
    .describe('How long a call to this backend may take.'),
});
export type Backend = z.infer<typeof Backend>;

export const ModelRouteSpec = z
  .strictObject({
    owner: Owner.optional(),
    backends: listMap(Backend, 'name', 16, 1).describe(
      'In order: the first serves, the next are fallbacks. A change is rolled out.',
    ),
    onExhausted: z
      .strictObject({
        degraded: z
          .strictObject({ content: text(10_000).describe('Text of that answer.') })
          .optional()
          .describe('Answer given when every backend failed.'),
      })
      .optional()
      .describe('What callers get when every backend failed. Omitted: an error.'),
    cache: z
      .strictObject({
        ttl: duration().describe('How long an answer may be given again, from when it was asked for.'),
      })
      .optional()
      .describe(
        'Cache of identical calls. A caller that asks a revision the same again gets the answer from before, for nothing. Omitted: each call is asked.',
      ),
    budgets: Budgets.optional(),
    privacy: Privacy.optional(),
    rollout: Rollout.optional(),
    dataPlane: z
      .strictObject({
        type: z.enum(['Gateway']).optional().describe('What carries the traffic. Default Gateway.'),
      })
      .optional()
      .describe('What carries the calls of this route.'),
  })
  .describe('Which provider and model serve, with which fallbacks, and how a change of them is rolled out.');
export type ModelRouteSpec = z.infer<typeof ModelRouteSpec>;

/** What a revision of a ModelRoute is made of. */
export interface RouteContent {
  backends: Backend[];
}
