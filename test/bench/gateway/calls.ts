/** The answer of a provider to a plain call. */
export const ANSWER = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'Hello there, how may I help?', refusal: null },
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 40, completion_tokens: 9, total_tokens: 49 },
});

/** Time between two chunks where nothing else is asked for, in ms. */
export const CHUNK_MS = 5;

/** How a stream is asked for, at the head of the prompt: `20x5 ` is 20 chunks, 5 ms apart. */
export const FORMAT = /^(?<chunks>\d+)x(?<ms>\d+)/;

/** One chunk of a stream. */
export const chunk = (at: number): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: { content: `word${at} ` }, finish_reason: null }],
  })}\n\n`;

const TICKET = 'I was charged twice this month, and nobody has answered my first letter. ';

/** A call whose prompt has about so many bytes; `form` is that of a stream. */
export function bodyOf(bytes: number, form?: { chunks: number; ms: number }): string {
  const text = TICKET.repeat(Math.ceil(bytes / TICKET.length)).slice(0, bytes);
  const content = form === undefined ? text : `${form.chunks}x${form.ms} ${text}`;
  const stream = form !== undefined && { stream: true };
  return JSON.stringify({ model: 'triage', user: 'u', messages: [{ role: 'user', content }], ...stream });
}
