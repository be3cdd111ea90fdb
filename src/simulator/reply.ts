export type FinishReason = 'stop' | 'length' | 'content_filter' | 'tool_calls';

/** What the model says, in the JSON that both ways of answering are put together from. */
export interface Reply {
  /** A plain answer's message. */
  message: string;
  /** A stream's deltas, the first of which names the role. */
  deltas: readonly string[];
  finish: FinishReason;
  tokens: number;
  /** What `shorten` cuts; absent where a limit on tokens changes nothing. */
  text?: string;
}

const ROLE = '"role":"assistant"';

/** An ordinary answer. */
export function contentReply(text: string, finish: FinishReason = 'stop'): Reply {
  const tokens = splitTokens(text);
  return {
    message: `{${ROLE},"content":${JSON.stringify(text)},"refusal":null,"annotations":[]}`,
    deltas: [
      `{${ROLE},"content":"","refusal":null}`,
      ...tokens.map((token) => `{"content":${JSON.stringify(token)}}`),
    ],
    finish,
    tokens: tokens.length,
    text,
  };
}

/** A refusal in the field that OpenAI has for it. */
export function refusalReply(text: string): Reply {
  const tokens = splitTokens(text);
  return {
    message: `{${ROLE},"content":null,"refusal":${JSON.stringify(text)},"annotations":[]}`,
    deltas: [
      `{${ROLE},"content":null,"refusal":""}`,
      ...tokens.map((token) => `{"refusal":${JSON.stringify(token)}}`),
    ],
    finish: 'stop',
    tokens: tokens.length,
  };
}

/** A call of one tool. */
export function toolCallReply(id: string, name: string, args: string): Reply {
  const tokens = splitTokens(args);
  const call = (json: string) =>
    `{"id":"${id}","type":"function","function":{"name":${JSON.stringify(name)},"arguments":${json}}}`;
  const first = `{"index":0,${call('""').slice(1)}`;
  return {
    message: `{${ROLE},"content":null,"tool_calls":[${call(JSON.stringify(args))}],"refusal":null,"annotations":[]}`,
    deltas: [
      `{${ROLE},"content":null,"tool_calls":[${first}],"refusal":null}`,
      ...tokens.map(
        (token) => `{"tool_calls":[{"index":0,"function":{"arguments":${JSON.stringify(token)}}}]}`,
      ),
    ],
    finish: 'tool_calls',
    tokens: tokens.length,
  };
}

/** The reply under the caller's limit on tokens: cut off with finish_reason `length` where it is longer. */
export function shorten(reply: Reply, limit: number | undefined): Reply {
  if (limit === undefined || reply.text === undefined || reply.tokens <= limit) return reply;
  return contentReply(splitTokens(reply.text).slice(0, limit).join(''), 'length');
}

/** The first three fifths of a reply's tokens, at least one. */
export const firstPart = (text: string): string => {
  const tokens = splitTokens(text);
  return tokens.slice(0, Math.max(1, Math.floor(tokens.length * 0.6))).join('');
};

/** Text that no JSON parser takes: the answer broken off, or for one that is no object or list, an object of it. */
export function breakJson(answer: string): string {
  if (/^\s*[[{]/.test(answer))
    return answer
      .trimEnd()
      .slice(0, -1)
      .slice(0, Math.ceil(answer.length * 0.6));
  return `{"answer": ${JSON.stringify(answer).slice(0, -1)}`;
}

/** Pieces that together are `text`, about as long as the tokens of a model. */
export const splitTokens = (text: string): string[] => text.match(/\s*\S{1,5}|\s+/gu) ?? [];
