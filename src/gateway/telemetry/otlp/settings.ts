/** What goes to a collector. */
export const SIGNALS = ['traces', 'metrics', 'logs'] as const;
export type Signal = (typeof SIGNALS)[number];

/** Where a collector is, and what is sent there. */
export interface OtlpSettings {
  /** The URL of each signal that is sent. */
  urls: Readonly<Partial<Record<Signal, string>>>;
  /** Sent with each request, and secret: never logged. */
  headers: Readonly<Record<string, string>>;
  gzip: boolean;
  /** How long one request may take. */
  timeoutMs: number;
  /** How often metrics are sent. */
  metricsEachMs: number;
  /** What this process is, `service.name` and more. */
  resource: Readonly<Record<string, string>>;
  /** The share (0–1) of calls that are traced, of those whose caller does not say. */
  sample: number;
  /** Whether providers are told the trace of a call. */
  tellProviders: boolean;
}
