/**
 * Names of what goes to collectors beyond those of the record (`record-fields.ts`), which attributes of spans and log
 * records share: OpenTelemetry's (semantic conventions v1.41.1) where there is one.
 */
export const ATTRIBUTES = {
  errorType: 'error.type',
  tokenType: 'gen_ai.token.type',
  firstChunk: 'gen_ai.response.time_to_first_chunk',
  serverAddress: 'server.address',
  serverPort: 'server.port',
} as const;

/** Histograms of GenAI's own, and the bounds of their buckets that the conventions recommend. */
export const INSTRUMENTS = {
  duration: {
    name: 'gen_ai.client.operation.duration',
    unit: 's',
    description: 'Time from a call to the end of its answer.',
    bounds: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
  },
  tokens: {
    name: 'gen_ai.client.token.usage',
    unit: '{token}',
    description: 'Tokens of a call, as the provider reports them.',
    bounds: [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
  },
  firstToken: {
    name: 'gen_ai.server.time_to_first_token',
    unit: 's',
    description: 'Time from a streamed call to the first byte of its answer.',
    bounds: [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  },
} as const;

/** What log records of calls are called. */
export const CALL_EVENT = 'sluice.call';

/** The scope of everything. */
export const SCOPE = 'sluice';
