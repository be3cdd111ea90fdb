import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** What came back over a connection: the first answer, whole, or nothing before it was closed. */
export interface RawAnswer {
  status: number | 'closed';
  headers: string;
  body: string;
}

/** A caller that speaks to a gateway in bytes of its own choosing. */
export interface RawCaller {
  socket: Socket;
  /** Everything that has come back so far. */
  received(): string;
  /** Resolves with the first answer that is no `100 Continue`, or when the connection has been closed. */
  answer(): Promise<RawAnswer>;
  closed: Promise<void>;
}

export async function rawCaller(url: string): Promise<RawCaller> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  let received = '';
  // A connection that is cut is an answer too.
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    received += bytes.toString('latin1');
  });
  await once(socket, 'connect');
  return {
    socket,
    closed,
    received: () => received,
    async answer() {
      let over = false;
      const ended = Promise.race([closed, once(socket, 'end').catch(() => {})]).then(() => {
        over = true;
      });
      for (;;) {
        const answer = firstAnswer(received);
        if (answer !== undefined) return answer;
        if (over) return { status: 'closed', headers: '', body: received };
        await Promise.race([once(socket, 'data').catch(() => {}), ended]);
      }
    },
  };
}

function firstAnswer(text: string): RawAnswer | undefined {
  const rest = text.startsWith('HTTP/1.1 100') ? text.slice(text.indexOf('\r\n\r\n') + 4) : text;
  const end = rest.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const headers = rest.slice(0, end);
  const body = rest.slice(end + 4);
  const length = Number(/^content-length: (\d+)$/im.exec(headers)?.[1] ?? 0);
  if (body.length < length) return undefined;
  return { status: Number(headers.split(' ')[1]), headers, body: body.slice(0, length) };
}
