import type { ChatRequest } from './chat-request.ts';
import type { Form } from './form.ts';
import { BAD_JSON, invalidRequest, type ProviderError } from './provider-error.ts';

/** A request for embeddings. */
export interface EmbeddingsRequest extends ChatRequest {
  base64: boolean;
  dimensions: number;
}

export const asksEmbeddings = (request: ChatRequest): request is EmbeddingsRequest => 'base64' in request;

const DEFAULT_DIMENSIONS = 256;
const MOST_INPUTS = 2_048;
const MOST_DIMENSIONS = 4_096;

/** Reads the body of a request for embeddings: the request, or the error to answer. Texts only, no tokens. */
export function readEmbeddingsRequest(body: string): EmbeddingsRequest | ProviderError {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return BAD_JSON;
  }
  const {
    model,
    input,
    encoding_format: format = 'float',
    dimensions = DEFAULT_DIMENSIONS,
  } = fieldsOf(value);
  if (typeof model !== 'string' || model === '') return invalidRequest('you must provide a model parameter');
  const texts = Array.isArray(input) ? input : [input];
  if (texts.length === 0 || texts.length > MOST_INPUTS || !texts.every(isText))
    return invalidRequest("'$.input' is invalid. Please check the API reference.");
  if (format !== 'float' && format !== 'base64') return wrong('encoding_format');
  if (!Number.isInteger(dimensions) || (dimensions as number) < 1 || (dimensions as number) > MOST_DIMENSIONS)
    return wrong('dimensions');
  return {
    model,
    texts,
    stream: false,
    streamOptions: false,
    includeUsage: false,
    base64: format === 'base64',
    dimensions: dimensions as number,
  };
}

/** How a request for embeddings is answered, `chat` being the form of its errors. */
export function embeddingsForm({ texts, dimensions, base64 }: EmbeddingsRequest, chat: Form): Form {
  return {
    ...chat,
    usage: ({ prompt }) => `{"prompt_tokens":${prompt},"total_tokens":${prompt}}`,
    plain({ model }, _reply, usage) {
      const data = texts.map((text, index) => {
        const vector = embeddingOf(text, dimensions);
        return { object: 'embedding', index, embedding: base64 ? encoded(vector) : vector };
      });
      return `{"object":"list","data":${JSON.stringify(data)},"model":${JSON.stringify(model)}${usage === undefined ? '' : `,"usage":${usage}`}}`;
    },
  };
}

/** How often each word is in a text, at a place of its own, as a vector of length 1: texts that share words are similar. */
export function embeddingOf(text: string, dimensions: number): number[] {
  const vector = Array<number>(dimensions).fill(0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [text])
    vector[placeOf(word) % dimensions]! += 1;
  const length = Math.hypot(...vector);
  return vector.map((value) => Math.fround(value / length));
}

/** FNV-1a, which spreads short words well. */
function placeOf(word: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Single floats, the lowest byte first. */
function encoded(vector: readonly number[]): string {
  const bytes = Buffer.alloc(4 * vector.length);
  for (const [at, value] of vector.entries()) bytes.writeFloatLE(value, 4 * at);
  return bytes.toString('base64');
}

const wrong = (param: string): ProviderError => invalidRequest(`Invalid '${param}'.`, { param });

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
