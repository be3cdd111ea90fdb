import type { Server } from 'node:http';

/**
 * Listens, and gives the port.
 * @throws Error naming the address, and what to do where it is taken.
 */
export function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) =>
      reject(new Error(explain(error, host, port), { cause: error }));
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

function explain({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  if (code === 'EADDRINUSE') return `port ${port} of ${host} is in use: choose another, or 0 for a free one`;
  if (code === 'EACCES') return `port ${port} of ${host} needs more rights: choose one above 1023`;
  return `cannot listen on ${host}, port ${port}: ${message}`;
}
