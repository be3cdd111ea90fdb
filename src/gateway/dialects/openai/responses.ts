import type { Back, Body, Endpoint } from '../endpoint.ts';
import { isText, parseObject, wordOf } from '../json.ts';
import { chat } from './chat.ts';
import { readPlain, streamReader, typeOf } from './responses-answer.ts';
import { degradedJson, degradedStream } from './responses-degraded.ts';
import { answerForm, place, responsesRequest } from './responses-request.ts';
import { responsesRestoring } from './responses-restoring.ts';

/** What goes back is as it came, but for the id: it says which revision a conversation goes on with. */
const back: Back = {
  answer(bytes, { mark }) {
    const text = bytes.toString('utf8');
    const { id } = parseObject<{ id?: unknown }>(text) ?? {};
    return mark === undefined || !isText(id) ? text : renamed(text, id, mark(id));
  },
  error: (_status, bytes) => bytes.toString('utf8'),
  events({ mark }) {
    return {
      push(data) {
        const type = typeOf(data);
        if (mark === undefined || (type !== undefined && !OF_RESPONSES.includes(type))) return undefined;
        const { type: known, response } =
          parseObject<{ type?: unknown; response?: { id?: unknown } | null }>(data) ?? {};
        if (!isText(response?.id)) return undefined;
        return `event: ${wordOf(known)}\ndata: ${renamed(data, response.id, mark(response.id))}\n\n`;
      },
      end: () => '',
    };
  },
};

/** The events that hold a whole response, its id included. */
const OF_RESPONSES = ['created', 'queued', 'in_progress', 'completed', 'incomplete', 'failed'].map(
  (state) => `response.${state}`,
);

/** Puts another id wherever the one is a value. Within a text its quotes would be escaped. */
const renamed = (json: string, id: string, other: string): string =>
  json.replaceAll(JSON.stringify(id), () => JSON.stringify(other));

/** `POST /v1/responses`. */
export const responses: Endpoint = {
  operation: 'chat',
  split: true,
  evidence: true,
  speech: {
    OpenAI: {
      path: '/responses',
      write: responsesRequest,
      usageByFlag: false,
      readPlain,
      streamReader,
      back,
    },
  },
  place,
  answerForm,
  asked: ({ instructions, input }: Body) => ({ instructions, input }),
  goesOn: 'previous_response_id',
  errorJson: chat.errorJson,
  errorEvent({ code, message, param }) {
    const event = { type: 'error', code, message, param, sequence_number: 0 };
    return `event: error\ndata: ${JSON.stringify(event)}\n\n`;
  },
  restoring: responsesRestoring,
  degraded: { json: degradedJson, stream: degradedStream },
};
