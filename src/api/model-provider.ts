import { z } from 'zod';
import { conditions, observedGeneration } from './conditions.ts';
import { decimal, duration, listMap, objectName, text, timestamp } from './schema.ts';

export const ModelProviderSpec = z
  .strictObject({
    dialect: z.enum(['OpenAI', 'Anthropic']).describe('The protocol that the provider speaks.'),
    baseURL: z
      .string()
      .max(2048)
      .regex(
        /^https?:\/\/[A-Za-z0-9._:[\]-]+(\/[A-Za-z0-9._~%!$&'()*+,;=:@/-]*)?$/,
        'must be an http(s) URL without credentials, query or fragment, such as https://api.openai.com/v1',
      )
      .describe('Where the provider is, with its version path: …/v1.'),
    auth: z
      .strictObject({
        secretRef: z
          .strictObject({
            name: objectName().describe('Name of a Secret in the same namespace.'),
            key: text(253).describe('Key in the Secret.'),
          })
          .describe('The key of a Secret.'),
      })
      .optional()
      .describe('Where the API key is. Omitted: the provider needs none.'),
    dataPolicy: z
      .strictObject({
        training: z.boolean().optional().describe('Whether the provider trains on what it is sent.'),
        retention: duration().optional().describe('How long the provider keeps what it is sent.'),
        region: text(63).optional().describe('Where it is processed, e.g. eu.'),
        selfHosted: z.boolean().optional().describe('Whether you run the provider yourself.'),
      })
      .optional()
      .describe('What the provider promises about data; routes may require it.'),
    models: listMap(
      z.strictObject({
        name: text(253).describe('The model, as the provider names it.'),
        pricesPerMillion: z
          .strictObject({
            input: decimal().optional().describe('Tokens sent.'),
            cachedInput: decimal().optional().describe('Tokens sent that the provider had cached.'),
            cacheWrite: decimal()
              .optional()
              .describe('Tokens sent that the provider wrote to its cache. Default: as other input.'),
            output: decimal().optional().describe('Tokens answered.'),
          })
          .optional()
          .describe('USD per million tokens; overrides the price table.'),
        retiresOn: z
          .string()
          .max(10)
          .regex(/^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/, 'must be a date such as 2027-02-01')
          .refine((day) => z.iso.date().safeParse(day).success, 'must be a day that there is')
          .meta({ format: 'date' })
          .optional()
          .describe('First day (UTC) without the model, by its provider; warned of from 30 days before on.'),
      }),
      'name',
      256,
    )
      .optional()
      .describe('What is known of single models; one that is not listed may be used too.'),
    probe: z
      .strictObject({
        interval: duration()
          .optional()
          .describe('Time between two probes of a model, a minute to seven days. Default 1h.'),
      })
      .optional()
      .describe('Has every model that routes ask of this provider tried by small calls. Omitted: none is.'),
  })
  .describe('A provider of models: where it is, how it is spoken to, what it promises.');
export type ModelProviderSpec = z.infer<typeof ModelProviderSpec>;

const Probe = z.strictObject({
  model: text(253).describe('The model, as the provider names it.'),
  lastProbeAt: timestamp().describe('When it was asked last.'),
  result: z.enum(['Works', 'Fails']).describe('Whether it answered.'),
  latencyMs: z.int().optional().describe('How long it took to answer; absent where it did not.'),
  lastWorkedAt: timestamp().optional().describe('When it answered last.'),
  message: text(512, 0).optional().describe('Why there was no answer.'),
});
export type Probe = z.infer<typeof Probe>;

/** Models of one provider that are probed at most. */
export const MOST_PROBED = 64;

export const ModelProviderStatus = z
  .strictObject({
    observedGeneration: observedGeneration(),
    message: text(1024, 0).optional().describe('The state in one sentence.'),
    probes: listMap(Probe, 'model', MOST_PROBED)
      .optional()
      .describe('What came of the last probe of each model, where spec.probe asks for probes.'),
    conditions: conditions(),
  })
  .describe('What the controller last saw of this provider. Written by Sluice only.');
export type ModelProviderStatus = z.infer<typeof ModelProviderStatus>;
