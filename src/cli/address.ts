import { InvalidArgumentError } from 'commander';

export interface Address {
  host: string;
  port: number;
}

/**
 * Reads `127.0.0.1:8080`, `[::1]:8080`, `localhost:0` (a free port) or `:8080` (every interface).
 * @throws InvalidArgumentError for anything else.
 */
export function parseAddress(text: string): Address {
  const [, v6, name, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]*)):([0-9]{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) {
    throw new InvalidArgumentError('write it as HOST:PORT, e.g. 127.0.0.1:8080 or :8080.');
  }
  return { host: v6 ?? (name || '::'), port };
}

/** An address as a URL's authority, as it is written in logs. */
export const formatAddress = ({ host, port }: Address): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/**
 * Reads a namespace or another Kubernetes name.
 * @throws InvalidArgumentError for what the API server would not take.
 */
export function parseName(text: string): string {
  if (text.length <= 63 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text)) return text;
  throw new InvalidArgumentError('write a lower-case Kubernetes name, e.g. support.');
}
