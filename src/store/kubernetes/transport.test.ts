import { scriptedServer } from '../../../test/store-kubernetes/scripted-server.ts';
import { StoreError } from '../store.ts';
import { kubernetesTransport, type Transport, type TransportOptions } from './transport.ts';

type Answer = Parameters<typeof scriptedServer>[0];

/** Runs `use` with a transport to a server that answers with `answer`. */
async function against(
  answer: Answer,
  use: (transport: Transport, server: Awaited<ReturnType<typeof scriptedServer>>) => Promise<void>,
  options: Partial<TransportOptions> = {},
) {
  const server = await scriptedServer(answer);
  const transport = kubernetesTransport({ credentials: server.credentials, ...options });
  try {
    await use(transport, server);
  } finally {
    await transport.close();
    await server.close();
  }
}

const get = { method: 'GET', path: '/apis/x' } as const;

test.each([
  [400, 'Invalid'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [409, 'Conflict'],
  [410, 'Unavailable'],
  [422, 'Invalid'],
  [429, 'Unavailable'],
  [500, 'Unavailable'],
  [503, 'Unavailable'],
])('HTTP %i is a StoreError %s that names the request', async (status, code) => {
  const body = { kind: 'Status', message: 'because', reason: 'Why', details: { retryAfterSeconds: 7 } };
  await against(
    (_request, response) => response.writeHead(status).end(JSON.stringify(body)),
    async (transport) => {
      const error = await transport.request(get).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(StoreError);
      expect(error).toMatchObject({ code, status, reason: 'Why', retryAfterMs: 7_000 });
      expect((error as Error).message).toBe(`GET /apis/x: because (HTTP ${status})`);
    },
  );
});

test('Retry-After is read from the header first', async () => {
  await against(
    (_request, response) => response.writeHead(429, { 'retry-after': '3' }).end('slow down'),
    async (transport) => {
      await expect(transport.request(get)).rejects.toMatchObject({ retryAfterMs: 3_000 });
    },
  );
});

test('no server, a cut answer and a late answer are Unavailable', async () => {
  const nowhere = {
    namespace: 'x',
    read: async () => ({ server: 'http://127.0.0.1:1', headers: {}, tls: {} }),
  };
  const lost = kubernetesTransport({ credentials: nowhere });
  await expect(lost.request(get)).rejects.toMatchObject({ code: 'Unavailable', status: undefined });
  await lost.close();

  await against(
    (request, response) => {
      if (request.url === '/cut')
        response.writeHead(200, { 'content-length': '100' }).write('{', () => response.destroy());
    },
    async (transport) => {
      await expect(transport.request({ ...get, path: '/cut' })).rejects.toMatchObject({
        code: 'Unavailable',
      });
      const late = transport.request({ ...get, path: '/late', timeoutMs: 50 });
      await expect(late).rejects.toMatchObject({ code: 'Unavailable' });
    },
  );
});

test('a token that is refused is read anew, once', async () => {
  let token = 0;
  const seen: (string | undefined)[] = [];
  const server = await scriptedServer((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(request.headers.authorization === 'Bearer secret-2' ? 200 : 401).end('{}');
  });
  const credentials = {
    namespace: 'x',
    read: async () => ({
      server: server.url,
      headers: { authorization: `Bearer secret-${++token}` },
      tls: {},
    }),
  };
  const transport = kubernetesTransport({ credentials });
  expect(await transport.request(get)).toEqual({});
  expect(seen).toEqual(['Bearer secret-1', 'Bearer secret-2']);

  token = 10;
  const other = kubernetesTransport({ credentials });
  const error = await other.request(get).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'Forbidden', status: 401 });
  expect(`${(error as Error).stack} ${JSON.stringify(error)}`).not.toContain('secret-');
  expect(seen).toHaveLength(4);
  await transport.close();
  await other.close();
  await server.close();
});

test('credentials are read again each minute', async () => {
  let reads = 0;
  let now = 0;
  const server = await scriptedServer((_request, response) => response.end('{}'));
  const transport = kubernetesTransport({
    credentials: {
      namespace: 'x',
      read() {
        reads += 1;
        return server.credentials.read();
      },
    },
    timers: { now: () => now, after: () => () => {} },
  });
  await transport.request(get);
  now += 59_000;
  await transport.request(get);
  expect(reads).toBe(1);
  now += 2_000;
  await transport.request(get);
  expect(reads).toBe(2);
  await transport.close();
  await server.close();
});

test('a guard that throws keeps the request from leaving', async () => {
  await against(
    (_request, response) => response.end('{}'),
    async (transport, server) => {
      const guard = () => {
        throw new StoreError('Unavailable', 'not any more');
      };
      await expect(transport.request({ ...get, guard })).rejects.toThrow('not any more');
      expect(server.requests).toEqual([]);
    },
  );
});

test('requests stay under the rate, by waiting', async () => {
  const waits: number[] = [];
  const timers = {
    now: () => 0,
    after(ms: number, run: () => void) {
      waits.push(ms);
      setImmediate(run);
      return () => {};
    },
  };
  await against(
    (_request, response) => response.end('{}'),
    async (transport) => {
      for (let each = 0; each < 4; each += 1) await transport.request(get);
      expect(waits).toEqual([100, 200]);
    },
    { rate: { perSecond: 10, burst: 2 }, timers },
  );
});

test('each request is counted with its verb and status', async () => {
  const calls: [string, number][] = [];
  await against(
    (request, response) => response.writeHead(request.url?.startsWith('/gone') ? 404 : 200).end('{}'),
    async (transport) => {
      await transport.request(get);
      await transport.request({ method: 'PATCH', path: '/gone', body: {} }).catch(() => {});
      await Array.fromAsync(transport.watch('/gone', {}, new AbortController().signal)).catch(() => {});
    },
    { onCall: ({ verb, status }) => calls.push([verb, status]) },
  );
  expect(calls).toEqual([
    ['get', 200],
    ['patch', 404],
    ['watch', 404],
  ]);
});

describe('a watch', () => {
  const line = (name: string) =>
    `${JSON.stringify({ type: 'ADDED', object: { metadata: { name, resourceVersion: '1' } } })}\n`;

  test('yields events as they come, and ends when the server ends it', async () => {
    await against(
      (_request, response) => {
        response.write(line('a'));
        setImmediate(() => response.end(line('b')));
      },
      async (transport, server) => {
        const query = { resourceVersion: '5', allowWatchBookmarks: true };
        const names = [];
        for await (const { object } of transport.watch('/x', query, new AbortController().signal)) {
          names.push(object.metadata.name);
        }
        expect(names).toEqual(['a', 'b']);
        expect(server.requests).toEqual(['GET /x?resourceVersion=5&allowWatchBookmarks=true&watch=true']);
      },
    );
  });

  test('that falls silent with its socket open is given up', async () => {
    await against(
      (_request, response) => void response.write(line('a')),
      async (transport) => {
        const names: string[] = [];
        const watching = async () => {
          for await (const { object } of transport.watch('/x', {}, new AbortController().signal)) {
            names.push(object.metadata.name);
          }
        };
        await expect(watching()).rejects.toMatchObject({ code: 'Unavailable' });
        expect(names).toEqual(['a']);
      },
      { watchSilenceMs: 200 },
    );
  });

  test('that is refused throws what the server said', async () => {
    await against(
      (_request, response) => response.writeHead(410).end(JSON.stringify({ message: 'too old' })),
      async (transport) => {
        const watching = Array.fromAsync(transport.watch('/x', {}, new AbortController().signal));
        await expect(watching).rejects.toMatchObject({ status: 410 });
      },
    );
  });
});

test('new certificates get new connections, and a watch on the old ones goes on', async () => {
  let servername = 'one';
  const sockets: unknown[] = [];
  let push = (_line: string) => {};
  const server = await scriptedServer((request, response) => {
    sockets.push(request.socket);
    if (!request.url?.includes('watch')) return response.end('{}');
    response.write('\n');
    push = (line) => response.end(line);
  });
  let now = 0;
  const transport = kubernetesTransport({
    credentials: {
      namespace: 'x',
      read: async () => ({ server: server.url, headers: {}, tls: { servername } }),
    },
    timers: { now: () => now, after: () => () => {} },
  });
  const watching = Array.fromAsync(transport.watch('/x', {}, new AbortController().signal));
  await transport.request(get);
  servername = 'two';
  now += 61_000;
  const before = sockets.splice(0);
  await transport.request(get);
  await transport.request(get);
  expect(sockets).toHaveLength(2);
  expect(before).not.toContain(sockets[0]);
  expect(before).not.toContain(sockets[1]);
  push(`${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { name: '', resourceVersion: '1' } } })}\n`);
  expect(await watching).toHaveLength(1);
  await transport.close();
  await server.close();
});
