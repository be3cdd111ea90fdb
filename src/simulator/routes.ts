import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { sendError, sendJson } from './connection.ts';
import { chatForm, type Form } from './form.ts';
import { messageForm } from './messages/message.ts';
import {
  NO_KEY,
  type ProviderError,
  unknownModel,
  unknownPath,
  WRONG_KEY,
  wrongMethod,
} from './provider-error.ts';
import { responseForm } from './responses/response.ts';

export interface RouterOptions {
  key: string | undefined;
  /** Names for `GET /v1/models`. */
  models(): string[];
}

/** Where calls go. */
export const CHAT = '/v1/chat/completions';
export const RESPONSES = '/v1/responses';
export const MESSAGES = '/v1/messages';
export const COUNT_TOKENS = '/v1/messages/count_tokens';
export const EMBEDDINGS = '/v1/embeddings';
const CALLED = [CHAT, RESPONSES, MESSAGES, COUNT_TOKENS, EMBEDDINGS];
const MODELS = '/v1/models';

/** Answers everything but calls of models; true: it is one, its key is right, and its body is to be read. */
export function router({ key, models }: RouterOptions) {
  const started = Math.floor(Date.now() / 1000);
  const describe = (id: string) => ({ id, object: 'model', created: started, owned_by: 'sluice-simulator' });
  const keyError = keyCheck(key);

  function answerGet(path: string, response: ServerResponse): void {
    const id = nameIn(path);
    if (path === '/healthz') sendJson(response, 200, '{"status":"ok"}');
    else if (path === MODELS) sendJson(response, 200, json({ object: 'list', data: models().map(describe) }));
    else if (models().includes(id)) sendJson(response, 200, json(describe(id)));
    else sendError(response, unknownModel(id));
  }

  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const { method = '', url = '' } = request;
    const path = pathOf(url);
    const expected = methodOf(path);
    const error =
      expected === undefined
        ? unknownPath(method, path)
        : expected !== method
          ? wrongMethod(method, path)
          : path === '/healthz'
            ? undefined
            : keyError(request.headers);
    if (error) sendError(response, formOf(path).error(error));
    else if (expected === 'POST') return true;
    else answerGet(path, response);
    return false;
  };
}

function methodOf(path: string): 'GET' | 'POST' | undefined {
  if (CALLED.includes(path)) return 'POST';
  return path === '/healthz' || path === MODELS || path.startsWith(`${MODELS}/`) ? 'GET' : undefined;
}

/** The form of what is asked and answered at a path. */
export function formOf(path: string): Form {
  if (path === RESPONSES) return responseForm;
  return path.startsWith(MESSAGES) ? messageForm : chatForm;
}

export function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

function nameIn(path: string): string {
  const name = path.slice(MODELS.length + 1);
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function keyCheck(key: string | undefined): (headers: IncomingHttpHeaders) => ProviderError | undefined {
  if (key === undefined) return () => undefined;
  const expected = digest(key);
  return ({ authorization, 'x-api-key': own }) => {
    const [, bearer] = /^Bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
    const given = typeof own === 'string' ? own : bearer;
    if (given === undefined) return NO_KEY;
    return timingSafeEqual(digest(given), expected) ? undefined : WRONG_KEY;
  };
}

const json = (value: object): string => JSON.stringify(value);

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
