import { z } from 'zod';
import { Condition } from './conditions.ts';
import { decimal, duration, listMap, objectName, text } from './schema.ts';

export const ModelProviderSpec = z
  .strictObject({
    dialect: z.enum(['OpenAI', 'Anthropic']).describe('The protocol that the provider speaks.'),
    baseURL: z
      .string()
      .max(2048)
      .regex(
        /^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/,
        'must be an http(s) URL without credentials, query or fragment',
      )
      .describe('Where the provider is, with its version path: …/v1.'),
    auth: z
      .strictObject({
        secretRef: z.strictObject({
          name: objectName().describe('Name of a Secret in the same namespace.'),
          key: text(253).describe('Key in the Secret.'),
        }),
      })
      .optional()
      .describe('Where the API key is. Omitted: the provider needs none.'),
    dataPolicy: z
      .strictObject({
        training: z.boolean().optional().describe('Whether the provider trains on what it is sent.'),
        retention: duration().optional(),
        region: text(63).optional(),
        selfHosted: z.boolean().optional(),
      })
      .optional(),
    models: listMap(
      z.strictObject({
        name: text(253),
        pricesPerMillion: z
          .strictObject({
            input: decimal().optional(),
            cachedInput: decimal().optional(),
            output: decimal().optional(),
          })
          .optional()
          .describe('USD per million tokens; overrides the price table.'),
        retiresOn: z
          .string()
          .max(10)
          .regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/, 'must be a date such as 2027-02-01')
          .optional(),
      }),
      'name',
      256,
    ).optional(),
    probe: z
      .strictObject({ interval: duration().optional() })
      .optional()
      .describe('How often every backend is tried.'),
  })
  .describe('A provider of models: where it is, how it is spoken to, what it promises.');
export type ModelProviderSpec = z.infer<typeof ModelProviderSpec>;

export const ModelProviderStatus = z.strictObject({
  observedGeneration: z.int().optional(),
  message: z.string().max(1024).optional(),
  conditions: listMap(Condition, 'type', 16).optional(),
});
export type ModelProviderStatus = z.infer<typeof ModelProviderStatus>;
