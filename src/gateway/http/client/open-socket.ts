import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** Where connections go, and how names are looked up on the way. */
export interface Destination {
  tls: boolean;
  /** Without the brackets of an IPv6 address. */
  host: string;
  port: number;
  /** As it is said in `host`: with the port where that is not the usual one. */
  authority: string;
  lookup: LookupFunction;
}

/** The destination of an origin such as `https://api.example.com`. */
export function destinationOf(origin: string, lookup: LookupFunction): Destination {
  const { protocol, hostname, port, host } = new URL(origin);
  const tls = protocol === 'https:';
  return {
    tls,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (tls ? 443 : 80) : Number(port),
    authority: host,
    lookup,
  };
}

/** What a read takes at most, in bytes. */
const MOST_READ = 64 * 1024;
/**
 * One for all sockets: what is read is parsed at once, and what is kept is copied. Windows reads into a socket's buffer
 * before it says so: there each has its own.
 */
const SHARED = Buffer.allocUnsafeSlow(MOST_READ);
const ownBuffer = process.platform === 'win32';

/** As undici has it: a firewall between forgets connections that are silent for longer. */
const PROBE_AFTER_MS = 60_000;

/**
 * Opens a socket, which still connects. Sockets are read by `onread`, since a stream's own reading costs more than all else
 * that is done with an answer.
 * @param read is told of each read: the first `count` bytes, only until it returns
 * @param session of an earlier connection there
 */
export function openSocket(
  { tls, host, port, lookup }: Destination,
  read: (bytes: Buffer, count: number) => void,
  session?: Buffer,
): Socket {
  const options = {
    host,
    port,
    lookup,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: PROBE_AFTER_MS,
    onread: {
      buffer: ownBuffer ? Buffer.allocUnsafeSlow(MOST_READ) : SHARED,
      callback(count: number, bytes: Uint8Array) {
        read(bytes as Buffer, count);
        return true;
      },
    },
  };
  if (!tls) return connect(options);
  return connectTls({
    ...options,
    servername: isIP(host) === 0 ? host : '',
    ALPNProtocols: ['http/1.1'],
    ...(session && { session }),
  });
}
