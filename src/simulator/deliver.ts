import type { ServerResponse } from 'node:http';
import type { Random } from '../lib/random.ts';
import type { Timers } from '../lib/timers.ts';
import type { ChatRequest } from './chat-request.ts';
import type { Frame } from './completion.ts';
import { finish, jsonHeaders, sendJson, writeChunks } from './connection.ts';
import type { Form } from './form.ts';
import type { Outcome } from './outcome.ts';
import type { Reply } from './reply.ts';
import type { Rule } from './rule.ts';

/** One call, and what has been drawn for it. */
export interface Call {
  request: ChatRequest;
  form: Form;
  rule: Rule;
  outcome: Outcome;
  frame: Frame;
  response: ServerResponse;
  random: Random;
  timers: Timers;
  /** Takes a response that will never end, to destroy it when the simulator closes. */
  hold(response: ServerResponse): void;
}

/** Gives a plain answer, or half of it where the connection is to break or fall silent. */
export function deliverPlain({ outcome, response, hold }: Call, body: string): void {
  if (outcome.kind !== 'break' && outcome.kind !== 'stall') {
    sendJson(response, 200, body);
    return;
  }
  response.writeHead(200, jsonHeaders(body));
  finish(response, body.slice(0, body.length / 2), outcome.kind === 'break' ? 'destroy' : 'hold');
  if (outcome.kind === 'stall') hold(response);
}

const STREAM_HEADERS = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };

/** Gives an answer in events, at the pace of its rule. @param usage JSON; undefined: the stream tells none */
export function deliverStream(call: Call, reply: Reply, usage: string | undefined): void {
  const { form, outcome, response, rule, timers } = call;
  const { chunks, closing } = form.events(call.frame, reply, usage);
  const write = (given: string[], last: string, ending: 'end' | 'destroy' | 'hold') =>
    writeChunks(response, given, last, ending, rule.tokensPerSecond, timers);
  response.writeHead(200, STREAM_HEADERS);
  switch (outcome.kind) {
    case 'break':
      write(chunks.slice(0, outcome.afterChunks), '', 'destroy');
      break;
    case 'stall':
      write(chunks.slice(0, outcome.afterChunks), '', 'hold');
      call.hold(response);
      break;
    case 'errorEvent':
      write(chunks.slice(0, outcome.afterChunks), form.errorEvent(outcome.error), 'end');
      break;
    default:
      write(chunks, closing, 'end');
  }
}
