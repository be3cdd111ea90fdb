import { Agent } from 'undici';
import { messageOf } from '../../lib/log.ts';
import { readAnswer, type Sample } from './answer.ts';
import { readToken } from './token-file.ts';
import { turns } from './turns.ts';

export interface PrometheusClientOptions {
  /** Base URL, perhaps with a path; without credentials. */
  url: string;
  /** File with a bearer token. */
  tokenFile?: string;
  /** Longest wait for one answer, in ms, from when it was asked for. */
  timeoutMs: number;
}

/** Asks one Prometheus, or what speaks its API. */
export interface PrometheusClient {
  /**
   * The instant vector that `query` gives at `time`, in seconds since the epoch.
   * @throws Error in words for a person: what is wrong and its remedy, no credentials.
   */
  vector(query: string, time: string): Promise<Sample[]>;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** Queries under way at a time. */
const MOST_AT_ONCE = 8;
/** How long a query may wait for its turn: an answer that comes later is of no use. */
const LONGEST_QUEUE_MS = 10_000;
const MOST_BYTES = 8 * 1024 * 1024;
/** Most characters of Prometheus's own message that are shown. */
const MESSAGE_LENGTH = 200;

/** A client that has at most eight queries under way; others wait for their turn, which their time limit leaves out. */
export function prometheusClient({ url, tokenFile, timeoutMs }: PrometheusClientOptions): PrometheusClient {
  const agent = new Agent({ maxResponseSize: MOST_BYTES });
  const { origin, pathname, host } = new URL(url);
  const path = `${pathname.replace(/\/+$/, '')}/api/v1/query`;
  const inTurn = turns(MOST_AT_ONCE);

  const post = async (query: string, time: string, token: string | undefined) => {
    try {
      const { statusCode, body } = await agent.request({
        origin,
        path,
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          accept: 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
        },
        body: new URLSearchParams({ query, time, timeout: `${timeoutMs}ms` }).toString(),
        signal: AbortSignal.timeout(timeoutMs),
      });
      return { statusCode, text: await body.text() };
    } catch (error) {
      throw new Error(unanswered(error));
    }
  };

  const unanswered = (error: unknown): string => {
    if ((error as { name?: unknown }).name === 'TimeoutError') {
      return `had no answer within ${timeoutMs / 1000} s: see that Prometheus at ${host} is well, or make the query cheaper`;
    }
    const code = codeOf(error);
    if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
      return `gives more than ${MOST_BYTES / 1024 / 1024} MiB: select fewer series`;
    }
    return `Prometheus at ${host} cannot be reached (${code ?? messageOf(error)}): see that it runs, and that --prometheus names it`;
  };

  const vector = async (query: string, time: string): Promise<Sample[]> => {
    const token = tokenFile === undefined ? undefined : await readToken(tokenFile);
    const { statusCode, text } = await post(query, time, token);
    const answer = readAnswer(text);
    if (answer === undefined && statusCode === 200) {
      throw new Error(`${host} does not answer as Prometheus does: see that --prometheus is its base URL`);
    }
    if (answer === undefined || 'error' in answer || statusCode !== 200) {
      const said = answer !== undefined && 'error' in answer ? `: ${shown(answer.error, token)}` : '';
      throw new Error(`Prometheus at ${host} answered ${statusCode}${said}; ${remedyOf(statusCode)}`);
    }
    if ('otherType' in answer) throw new Error(notVector(answer.otherType));
    return answer.samples;
  };

  return {
    vector(query, time) {
      const asked = performance.now();
      return inTurn(() => {
        if (performance.now() - asked <= LONGEST_QUEUE_MS) return vector(query, time);
        throw new Error(`had no turn: Prometheus at ${host} is too slow for the queries of all rollouts`);
      });
    },
    close: () => agent.destroy(),
  };
}

function notVector(type: string): string {
  if (type === 'matrix') return 'gives a range: remove the range in brackets, e.g. [5m]';
  return `gives a ${type}, no series: select a counter, e.g. calls_total{revision="$revision"}`;
}

function remedyOf(statusCode: number): string {
  if (statusCode === 401 || statusCode === 403)
    return 'give a token that may query by --prometheus-token-file';
  if (statusCode === 400 || statusCode === 422) return 'correct the query';
  if (statusCode >= 300 && statusCode < 500) return 'see that --prometheus is its base URL';
  return 'see that it is well, or make the query cheaper';
}

/** What Prometheus said, on one line and short. A proxy before it may repeat what it was sent. */
function shown(message: string, token: string | undefined): string {
  const hidden = token === undefined ? message : message.replaceAll(token, '…');
  const line = hidden.replaceAll(/\s+/g, ' ').trim();
  return line.length <= MESSAGE_LENGTH ? line : `${line.slice(0, MESSAGE_LENGTH)}…`;
}

function codeOf(error: unknown): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
