import type { ModelProviderSpec } from '../../api/model-provider.ts';
import type { Answer, ReadOptions, StreamReader } from '../answer.ts';
import type { AskedJson } from '../asked-json.ts';
import type { CallError } from '../errors.ts';
import type { Pin } from '../pin.ts';
import type { EventRestoring } from '../privacy/restore-events.ts';
import type { CallSecrets } from '../privacy/secrets.ts';

export type Body = Record<string, unknown>;
export type Headers = Readonly<Record<string, string>>;
export type Dialect = ModelProviderSpec['dialect'];

/** What a caller sent, and to which endpoint. */
export interface CallRequest {
  endpoint: Endpoint;
  body: Body;
  /** Headers of the caller's that go on to the provider. */
  headers?: Headers;
  /** What answered before in the conversation that the call goes on with. */
  pin?: Pin;
  /** What was found private in it so far; made where a route first has it looked for. */
  secrets?: CallSecrets;
}

/** A call as it is sent to one backend. */
export interface SentRequest extends Omit<CallRequest, 'pin' | 'secrets'> {
  /** What its body says to the model, where that is written already. */
  asked?: AskedJson;
  /** Gives a response's id what a conversation goes on with; absent where none does. */
  mark?: (id: string) => string;
  /** What the provider is told of the trace that the call is part of. */
  traceparent?: string;
}

/** An endpoint of the gateway: one API as its callers speak it, in requests, answers and errors. */
export interface Endpoint {
  /** The operation as records name it. */
  operation: string;
  /** Whether models may take turns in answering its calls; where not, stable answers all, by its first backend's model. */
  split: boolean;
  /** Whether what comes of its calls says how a revision does. */
  evidence: boolean;
  /** Whether providers take no money for its calls. Default: they do. */
  free?: true;
  /** How its calls are sent to the providers of each dialect; absent where that dialect has no such calls. */
  speech: Partial<Record<Dialect, Speech>>;
  /** Of a caller's headers those that go on to providers, in lower case. Default: none. */
  passes?: readonly string[];
  /** Puts a revision's prompt around what a caller sent. @throws CallError where the two do not go together. */
  place(rest: Body, prompt: PromptParts): Body;
  /** The field that names the answer before in a conversation; absent where each call is one of its own. */
  goesOn?: string;
  /** What a request asks for as the form of its answer; `null` or undefined where it asks for none. */
  answerForm(body: Body): { type?: unknown } | null | undefined;
  /** What a request says to the model, without its parameters. */
  asked(sent: Body): unknown;
  /** The body of an error. */
  errorJson(error: CallError): string;
  /** The last event of a stream that ends in an error. */
  errorEvent(error: CallError): string;
  /** How what was redacted in a request is put back into its streams; absent where its answers are no text. */
  restoring?: EventRestoring;
  /** The answer in place of one that no backend gave; absent where text is none. */
  degraded?: {
    json(route: string, content: string): string;
    stream(route: string, content: string): string;
  };
}

/** A revision's prompt for one call, with its variables filled in. */
export interface PromptParts {
  /** The prompt's messages, and the caller's own in their place. */
  around(own: readonly unknown[]): unknown[];
  responseSchema?: Readonly<Record<string, unknown>>;
  tools: readonly unknown[];
  /** What the backend sets, and over it what the revision sets: both win over the caller's. */
  parameters: Body;
}

/** How calls of an endpoint are spoken to the providers of one dialect. */
export interface Speech {
  /** Path under the provider's base URL. */
  path: string;
  /** The headers that its providers want, with what of the caller's goes on to them. Default: none. */
  headers?(given: Headers): Headers;
  /** What is sent for a body; where there is none, the body is. @throws CallError where it cannot be said. */
  write?(body: Body): Body;
  /** Whether a stream tells its usage only where `stream_options` ask for it. */
  usageByFlag: boolean;
  /** Reads a plain answer of status `status`. What cannot be read as an answer is the provider's error. */
  readPlain(status: number, bytes: Buffer, options?: ReadOptions): Answer;
  streamReader(options?: ReadOptions): StreamReader;
  /** Puts what comes back in the caller's form; absent where it is in that form. */
  back?: Back;
}

/** What comes from a provider of another dialect, in the form of the endpoint called. */
export interface Back {
  /** The body of an answer whose status is none of an error. */
  answer(bytes: Buffer, request: SentRequest): string;
  error(status: number, bytes: Buffer): string;
  /** @param request as it was sent, but in the caller's form */
  events(request: SentRequest): EventTranslator;
}

export interface EventTranslator {
  /** The events that an event of the provider's comes to: none, one or more, as they are written; undefined: as it came. */
  push(data: string): string | undefined;
  /** What ends the stream, where the provider left its own last event out. */
  end(): string;
}
