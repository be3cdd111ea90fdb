import { randomInt } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { seededRandom } from '../lib/random.ts';
import { systemTimers, type Timers } from '../lib/timers.ts';
import { answerCall, settleOutcome } from './answer.ts';
import { checkRules } from './behaviour.ts';
import { readBody } from './body.ts';
import { readChatRequest } from './chat-request.ts';
import { sendError, sendJson } from './connection.ts';
import { callCounts, type Requests } from './counts.ts';
import { asksEmbeddings, embeddingsForm, readEmbeddingsRequest } from './embeddings.ts';
import { identities } from './identities.ts';
import { listen } from './listen.ts';
import { readMessagesRequest } from './messages/request.ts';
import { TOO_LARGE, unknownModel } from './provider-error.ts';
import { readResponsesRequest } from './responses/request.ts';
import { responseId } from './responses/response.ts';
import { CHAT, COUNT_TOKENS, EMBEDDINGS, formOf, pathOf, RESPONSES, router } from './routes.ts';
import type { RuleInput } from './rule.ts';
import { ruleSet } from './rule-set.ts';
import { countTokens } from './usage.ts';

/** Responses that a conversation can go on from. */
const MOST_GIVEN = 1_000;

export interface SimulatorOptions {
  rules: RuleInput[];
  /** Default 127.0.0.1. */
  host?: string;
  /** Default 0: a free one. */
  port?: number;
  /** What is drawn depends on this and the order of calls alone. Default: one by chance. */
  seed?: number;
  /** The key that callers must give; undefined: any or none. */
  key?: string;
  timers?: Timers;
  /** Sees each call as it came, before it is answered: for tests. */
  onRequest?(body: string, headers: IncomingHttpHeaders): void;
}

/** A provider that speaks OpenAI's dialect, and Anthropic's under `/v1/messages`, and misbehaves as its rules say. */
export interface Simulator {
  /** Its origin, such as `http://127.0.0.1:8089`. */
  url: string;
  /** What a client takes for its base: the origin and `/v1`. */
  baseURL: string;
  port: number;
  seed: number;
  /**
   * Puts other rules in force from the next call on; calls under way end under the old ones.
   * @throws Error naming the field that is wrong; the rules in force stay.
   */
  setRules(rules: RuleInput[]): void;
  /** What it was asked. The counts of rules begin anew with `setRules`. */
  requests(): Requests;
  /** Finishes the calls under way, cuts off those that would never end, and after `graceMs` (default 5000) all. */
  close(graceMs?: number): Promise<void>;
}

/**
 * Starts a simulator.
 * @throws Error naming the field of a rule that is wrong, or the address that is taken.
 */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { host = '127.0.0.1', port = 0, key, timers = systemTimers, seed = randomInt(2 ** 32) } = options;
  let rules = ruleSet(checkRules(options.rules));
  const random = seededRandom(seed);
  const identify = identities(random);
  const asked = callCounts();
  const held = new Set<ServerResponse>();
  let closing = false;

  const hold = (response: ServerResponse) => {
    if (closing) response.destroy();
    held.add(response);
    response.once('close', () => held.delete(response));
  };

  /** Ids of responses that were given, the latest of them. */
  const given = new Set<string>();
  const read = (path: string, body: string) => {
    if (path === CHAT) return readChatRequest(body);
    if (path === EMBEDDINGS) return readEmbeddingsRequest(body);
    if (path === RESPONSES) return readResponsesRequest(body, (id) => given.has(id));
    return readMessagesRequest(body, path === COUNT_TOKENS);
  };

  const answer = (path: string, body: string, response: ServerResponse) => {
    const counts = path === COUNT_TOKENS;
    const request = read(path, body);
    if ('status' in request) return request;
    const found = rules.find(request);
    asked.add(request.model);
    if (!found) return unknownModel(request.model);
    const { rule } = found;
    if (counts) {
      const { prompt } = countTokens(rule.usage, request.texts, 0);
      return sendJson(response, 200, `{"input_tokens":${prompt}}`);
    }
    const outcome = settleOutcome(found.draw(random), rule, request);
    found.count(outcome);
    const frame = identify(rule.servedModel ?? request.model);
    if (path === RESPONSES) {
      given.add(responseId(frame.id));
      if (given.size > MOST_GIVEN) given.delete(given.values().next().value!);
    }
    const form = asksEmbeddings(request) ? embeddingsForm(request, formOf(path)) : formOf(path);
    answerCall({ request, form, rule, outcome, frame, response, random, timers, hold });
    return undefined;
  };

  const route = router({ key, models: () => rules.models });
  const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
    if (closing) response.setHeader('connection', 'close');
    if (!route(request, response)) return;
    readBody(request, (body) => {
      if (body !== undefined) options.onRequest?.(body, request.headers);
      const path = pathOf(request.url ?? '');
      const error = body === undefined ? TOO_LARGE : answer(path, body, response);
      if (error) sendError(response, formOf(path).error(error));
    });
  });
  const taken = await listen(server, host, port);
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${taken}`;

  return {
    url,
    baseURL: `${url}/v1`,
    port: taken,
    seed,
    setRules(next) {
      rules = ruleSet(checkRules(next));
    },
    requests: () => asked.read(rules.counts),
    async close(graceMs = 5_000) {
      closing = true;
      // A connection whose call ends only now would else be kept for the next one.
      server.keepAliveTimeout = 1;
      server.keepAliveTimeoutBuffer = 0;
      const closed = new Promise((resolve) => server.close(resolve));
      for (const response of held) response.destroy();
      const limit = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(limit);
    },
  };
}
