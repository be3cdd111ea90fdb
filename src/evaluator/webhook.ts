import { isIP } from 'node:net';
import { Agent, request } from 'undici';
import type { Helpers } from '../evals/grade.ts';
import { guardedLookup, isRefusedAddress } from '../gateway/addresses.ts';
import { messageOf } from '../lib/log.ts';
import { readBounded } from '../lib/read-bounded.ts';

export interface WebhookOptions {
  /** Time to the whole answer. Default 30 s. */
  timeoutMs?: number;
  /** Longest answer, in bytes. Default 1 MiB. */
  mostBytes?: number;
  /** Breaks off what is under way. */
  signal?: AbortSignal | undefined;
}

export interface Webhooks {
  post: NonNullable<Helpers['post']>;
  close(): Promise<void>;
}

/**
 * Posts JSON to the webhooks that suites name. It follows no redirect, sends no header of ours but the type, and asks no
 * link-local address and no metadata service, whatever a name resolves to. An error says host and reason, never the path,
 * which may hold a token.
 */
export function webhooks({
  timeoutMs = 30_000,
  mostBytes = 1024 * 1024,
  signal,
}: WebhookOptions = {}): Webhooks {
  const agent = new Agent({ connections: 16, connect: { lookup: guardedLookup, timeout: timeoutMs } });
  return {
    async post(url, body) {
      const target = checked(url);
      const limit = AbortSignal.timeout(timeoutMs);
      try {
        const answer = await request(target, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'application/json', 'user-agent': 'sluice' },
          body: JSON.stringify(body),
          dispatcher: agent,
          signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
          headersTimeout: 0,
          bodyTimeout: 0,
        });
        const { statusCode } = answer;
        const text = await readBounded(answer.body, mostBytes);
        if (statusCode < 200 || statusCode > 299) throw new Error(`it answered ${statusCode}`);
        return parsed(text);
      } catch (error) {
        const why = limit.aborted ? `it took longer than ${timeoutMs} ms` : messageOf(error);
        throw new Error(`webhook ${target.host}: ${why}`);
      }
    },
    close: () => agent.destroy(),
  };
}

function checked(url: string): URL {
  if (!URL.canParse(url)) throw new Error('webhook: value must be an http(s) URL');
  const target = new URL(url);
  if (target.protocol !== 'http:' && target.protocol !== 'https:')
    throw new Error('webhook: value must be an http(s) URL');
  if (target.username !== '' || target.password !== '')
    throw new Error(`webhook ${target.host}: take the credentials out of the URL`);
  const { hostname } = target;
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0 && isRefusedAddress(hostname))
    throw new Error(`webhook ${target.host}: a link-local or metadata address is not asked`);
  return target;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('it answered something else than JSON');
  }
}
