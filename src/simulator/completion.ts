import type { FinishReason, Reply } from './reply.ts';

/** What all JSON of one call repeats. */
export interface Frame {
  id: string;
  /** Unix time in seconds. */
  created: number;
  model: string;
  fingerprint: string;
}

/** The body of a plain answer. @param usage JSON; undefined: left out */
export function completionJson(frame: Frame, reply: Reply, usage: string | undefined): string {
  return (
    `{"id":"${frame.id}","object":"chat.completion","created":${frame.created},"model":${JSON.stringify(frame.model)},` +
    `"choices":[{"index":0,"message":${reply.message},"logprobs":null,"finish_reason":"${reply.finish}"}],` +
    `${usage === undefined ? '' : `"usage":${usage},`}"service_tier":"default","system_fingerprint":"${frame.fingerprint}"}`
  );
}

/** The events of a stream. */
export interface StreamEvents {
  /** One a delta, and one with the reason why it finished. */
  chunks: string[];
  /** Usage where it is told, and the end. */
  closing: string;
}

/** @param usage JSON; undefined: the stream tells none */
export function streamEvents(frame: Frame, reply: Reply, usage: string | undefined): StreamEvents {
  const head =
    `data: {"id":"${frame.id}","object":"chat.completion.chunk","created":${frame.created},"model":${JSON.stringify(frame.model)},` +
    `"service_tier":"default","system_fingerprint":"${frame.fingerprint}","choices":[`;
  // With usage asked for, OpenAI has `usage: null` in every chunk but the last.
  const tail = usage === undefined ? ']}\n\n' : '],"usage":null}\n\n';
  const chunk = (delta: string, finish: FinishReason | null) =>
    `${head}{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish && `"${finish}"`}}${tail}`;
  return {
    chunks: [...reply.deltas.map((delta) => chunk(delta, null)), chunk('{}', reply.finish)],
    closing: `${usage === undefined ? '' : `${head}],"usage":${usage}}\n\n`}data: [DONE]\n\n`,
  };
}
