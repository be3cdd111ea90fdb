import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { Access } from './credentials.ts';

/** HTTP/1.1 connections to the API server, kept between requests. */
export interface Connections {
  /** Those for these certificates: new certificates get new ones, and the old end with their requests. */
  to(access: Access): Dispatcher;
  /** Cuts all of them. */
  close(): Promise<void>;
}

export function connections(): Connections {
  const open = new Set<Dispatcher>();
  let current: { key: string; dispatcher: Dispatcher } | undefined;
  return {
    to({ tls, proxy }) {
      const key = JSON.stringify([tls, proxy]);
      if (current?.key === key) return current.dispatcher;
      const old = current?.dispatcher;
      void old?.close().then(() => open.delete(old));
      const dispatcher = connect(tls, proxy);
      open.add(dispatcher);
      current = { key, dispatcher };
      return dispatcher;
    },
    async close() {
      await Promise.all([...open].map((dispatcher) => dispatcher.destroy()));
    },
  };
}

function connect(tls: Access['tls'], proxy?: string): Dispatcher {
  // 30 s, as client-go: well below the idle time-outs of load balancers.
  const connect = { ...tls, keepAlive: true, keepAliveInitialDelay: 30_000, timeout: 10_000 };
  if (proxy) return new ProxyAgent({ uri: proxy, requestTls: connect, allowH2: false });
  return new Agent({ connect, allowH2: false });
}
