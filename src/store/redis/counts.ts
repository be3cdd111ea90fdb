import { messageOf } from '../../lib/log.ts';
import type { CountChange, CountRead, CountStore } from '../counts.ts';

export interface RedisCountsOptions {
  /** `redis://host:port/db`, or `rediss://` for TLS; `valkey://` and `valkeys://` are the same. */
  url: string;
  username?: string;
  /** Read anew at each connection, so that it may change. */
  password?: () => Promise<string>;
}

/** Longest wait for a connection, and between two attempts, in ms. */
const CONNECT_MS = 2_000;
const AGAIN_MS = 1_000;
/** A server that says nothing for as long is not there any more: it is asked for a sign of life meanwhile. */
const SILENT_MS = 5_000;
/** Commands that wait for the server: what comes beyond fails at once. */
const MOST_WAITING = 5_000;

/**
 * Sums in a Valkey or Redis: each is a hash with one field a writer, which expires after its last write or read. It connects in
 * the background, and again whenever the connection breaks; until then everything rejects.
 * @throws TypeError where the address is none.
 */
export async function redisCounts({ url, username, password }: RedisCountsOptions): Promise<CountStore> {
  // It takes a fifth of a second and 27 MB to load, so only where there is a store to speak to.
  const { createClient } = await import('@redis/client');
  let broken = 'not connected yet';
  const client = createClient({
    url: url.replace(/^valkey/, 'redis'),
    RESP: 2,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MOST_WAITING,
    pingInterval: SILENT_MS / 2,
    socket: {
      connectTimeout: CONNECT_MS,
      socketTimeout: SILENT_MS,
      reconnectStrategy: () => AGAIN_MS,
    },
    ...(password && {
      credentialsProvider: {
        type: 'async-credentials-provider',
        credentials: async () => ({
          ...(username !== undefined && { username }),
          password: await password(),
        }),
      },
    }),
  });
  client.on('error', (error: unknown) => {
    broken = messageOf(error);
  });
  // It goes on trying by itself, and gives up when it is closed only.
  client.connect().catch(() => {});

  return {
    async exchange(changes) {
      if (!client.isReady) throw new Error(`no connection: ${broken}`);
      if (changes.length === 0) return [];
      const all = client.multi();
      for (const { key, field, part, keepMs } of changes) {
        if (part !== undefined) all.hSet(key, field, String(part));
        all.pExpire(key, keepMs).hGetAll(key);
      }
      const replies = (await all.exec()) as unknown[];
      return readOf(changes, replies);
    },
    async close() {
      if (client.isOpen) client.destroy();
    },
  };
}

/** The sums among the replies: the last of those of each change. */
function readOf(changes: readonly CountChange[], replies: readonly unknown[]): CountRead[] {
  let at = 0;
  return changes.map(({ field, part }) => {
    at += part === undefined ? 2 : 3;
    return partsOf((replies[at - 1] ?? {}) as Record<string, unknown>, field);
  });
}

/** What is no count is none: others may write to the same server. */
function partsOf(fields: Record<string, unknown>, own: string): CountRead {
  const read: CountRead = { part: 0, others: 0 };
  for (const [field, text] of Object.entries(fields)) {
    const count = Number(text);
    if (!Number.isFinite(count)) continue;
    if (field === own) read.part = count;
    else read.others += count;
  }
  return read;
}
