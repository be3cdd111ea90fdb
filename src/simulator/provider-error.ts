import { BODY_LIMIT } from './body.ts';

/** An error as OpenAI answers it. */
export interface ProviderError {
  status: number;
  /** JSON. */
  body: string;
  headers?: Record<string, string>;
}

interface Details {
  type?: string | null;
  param?: string | null;
  code?: string | null;
}

/** An error of the caller's making. */
export const invalidRequest = (
  message: string,
  { type = 'invalid_request_error', param = null, code = null }: Details = {},
  status = 400,
): ProviderError => ({ status, body: JSON.stringify({ error: { message, type, param, code } }) });

/** What the 5xx and 4xx of OpenAI say, by status. */
export function errorOfStatus(status: number, retryAfter?: number): ProviderError {
  const [message, type, code] = SAID[status] ?? (status < 500 ? SAID[400]! : SAID[500]!);
  return {
    status,
    body: JSON.stringify({ error: { message, type, param: null, code } }),
    ...(retryAfter !== undefined && { headers: { 'retry-after': String(retryAfter) } }),
  };
}

const SAID: Record<number, [message: string, type: string, code: string | null]> = {
  400: ['The request was not understood (simulated).', 'invalid_request_error', null],
  401: ['Incorrect API key provided.', 'invalid_request_error', 'invalid_api_key'],
  403: [
    'Country, region, or territory not supported',
    'request_forbidden',
    'unsupported_country_region_territory',
  ],
  404: [
    'The model does not exist or you do not have access to it.',
    'invalid_request_error',
    'model_not_found',
  ],
  408: ['Request timed out.', 'server_error', null],
  429: ['Rate limit reached: requests per min. Please try again later.', 'requests', 'rate_limit_exceeded'],
  500: ['The server had an error while processing your request. Sorry about that!', 'server_error', null],
  503: [
    'The engine is currently overloaded, please try again later.',
    'server_error',
    'server_is_overloaded',
  ],
};

const safe = { filtered: false, severity: 'safe' };

/** What Azure answers where its filter stops a prompt. */
export const CONTENT_FILTER: ProviderError = {
  status: 400,
  body: JSON.stringify({
    error: {
      message:
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry.",
      type: null,
      param: 'prompt',
      code: 'content_filter',
      status: 400,
      innererror: {
        code: 'ResponsibleAIPolicyViolation',
        content_filter_result: {
          hate: safe,
          jailbreak: { filtered: false, detected: false },
          self_harm: safe,
          sexual: safe,
          violence: { filtered: true, severity: 'medium' },
        },
      },
    },
  }),
};

export const NO_KEY = invalidRequest(
  "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
  {},
  401,
);

// OpenAI repeats a part of the key here; a simulator has no reason to.
export const WRONG_KEY = errorOfStatus(401);

export const BAD_JSON = invalidRequest(
  'We could not parse the JSON body of your request. The API expects a JSON payload, but what was sent was not valid JSON.',
);

export const STREAM_OPTIONS_REFUSED = invalidRequest("Unknown parameter: 'stream_options'.", {
  param: 'stream_options',
  code: 'unknown_parameter',
});

export const unknownModel = (model: string): ProviderError =>
  invalidRequest(
    `The model \`${model}\` does not exist or you do not have access to it.`,
    { code: 'model_not_found' },
    404,
  );

export const unknownPath = (method: string, path: string): ProviderError =>
  invalidRequest(`Invalid URL (${method} ${path})`, {}, 404);

export const wrongMethod = (method: string, path: string): ProviderError =>
  invalidRequest(
    `Not allowed to ${method} on ${path}. (HINT: Perhaps you meant to use a different HTTP method?)`,
    { code: 'method_not_supported' },
    405,
  );

export const TOO_LARGE = invalidRequest(
  `The body is larger than the ${BODY_LIMIT} bytes that are taken.`,
  { code: 'request_too_large' },
  413,
);
