import { completionJson, type Frame, type StreamEvents, streamEvents } from './completion.ts';
import type { ProviderError } from './provider-error.ts';
import type { Reply } from './reply.ts';
import { type TokenCounts, usageJson } from './usage.ts';

/** How answers and errors are written: the form of one API. */
export interface Form {
  /** Usage as JSON. */
  usage(counts: TokenCounts): string;
  /** The body of a plain answer. @param usage JSON; undefined: left out */
  plain(frame: Frame, reply: Reply, usage: string | undefined): string;
  /** The events of a stream. @param usage JSON; undefined: the stream tells none */
  events(frame: Frame, reply: Reply, usage: string | undefined): StreamEvents;
  error(error: ProviderError): ProviderError;
  /** An error inside a stream. */
  errorEvent(error: ProviderError): string;
}

/** OpenAI's form of chat completions. */
export const chatForm: Form = {
  usage: usageJson,
  plain: completionJson,
  events: streamEvents,
  error: (error) => error,
  errorEvent: ({ body }) => `data: ${body}\n\n`,
};
