import { Pool } from 'undici';
import type { Outcome } from '../../../src/api/evidence.ts';
import { FAIL, HANG } from './provider.ts';

/** What callers were answered: the outcome that each call's record should have, by the call's id. */
export type Answered = Map<string, Outcome>;

interface Kind {
  outcome: Outcome;
  text: string;
  stream: boolean;
  /** Whether the caller goes after the first bytes. */
  leaves?: boolean;
}

const PLAIN: Kind = { outcome: 'success', text: 'Hello', stream: false };
const STREAMED: Kind = { outcome: 'success', text: 'Hello', stream: true };
const FAILED: Kind = { outcome: 'upstream_5xx', text: FAIL, stream: false };
const LEFT: Kind = { outcome: 'client_cancelled', text: HANG, stream: true, leaves: true };

/** Of a hundred calls one is left by its caller, two fail, ten are streams. */
function kindOf(at: number): Kind {
  const place = at % 100;
  if (place === 99) return LEFT;
  if (place === 33 || place === 66) return FAILED;
  return place % 10 === 0 ? STREAMED : PLAIN;
}

/**
 * Makes `calls` calls, `connections` at a time, and tells every so often how many have been answered.
 * @throws Error where one is not answered as it should be
 */
export async function makeCalls(
  url: string,
  { calls, connections }: { calls: number; connections: number },
  tell: (done: number) => void = () => {},
): Promise<Answered> {
  const answered: Answered = new Map();
  const pool = new Pool(url, { connections, pipelining: 1 });
  let next = 0;
  const caller = async () => {
    while (next < calls) {
      const kind = kindOf(next++);
      answered.set(await makeCall(pool, kind), kind.outcome);
      if (answered.size % 50_000 === 0) tell(answered.size);
    }
  };
  await Promise.all(Array.from({ length: connections }, caller));
  await pool.close();
  return answered;
}

/** The id of the call, as its caller was told it. */
async function makeCall(pool: Pool, { text, stream, leaves, outcome }: Kind): Promise<string> {
  const { statusCode, headers, body } = await pool.request({
    method: 'POST',
    path: '/v1/chat/completions',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'triage', stream, messages: [{ role: 'user', content: text }] }),
  });
  const wanted = outcome === 'upstream_5xx' ? 503 : 200;
  if (statusCode !== wanted) throw new Error(`a call was answered with ${statusCode}: ${await body.text()}`);
  if (!leaves) await body.dump({ limit: 1_000_000 });
  else {
    for await (const _ of body) break;
  }
  return idOf(String(headers['x-sluice-call']));
}

function idOf(token: string): string {
  const [, id] = JSON.parse(Buffer.from(token.split('.', 1)[0]!, 'base64url').toString()) as [number, string];
  return id;
}
