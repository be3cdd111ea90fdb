import type { Writable } from 'node:stream';
import type { Registry } from 'prom-client';
import type { Log } from '../lib/log.ts';
import type { CountStore } from '../store/counts.ts';
import type { Source } from '../store/store.ts';
import type { Callers } from './callers/caller.ts';
import type { GivenFeedback } from './given.ts';
import type { CallerLimits } from './limits.ts';
import type { OtlpSettings } from './telemetry/otlp/settings.ts';
import type { RotatingFileOptions } from './telemetry/rotating-file.ts';

/** What a gateway is started with: a source of resources, addresses, and what else it is handed. */
export interface GatewayOptions {
  source: Source;
  /** Where callers come in. Port 0 takes a free one. */
  listen: { host: string; port: number };
  /** Where Prometheus, probes and the controller come in; absent for one of several processes, whose primary asks it. */
  admin?: { host: string; port: number };
  /** Whether callers are only listened for once there is a table to serve them from. */
  waitForTable?: boolean;
  /** Name of this replica, stable over its restarts. */
  replica: string;
  defaultNamespace?: string;
  log?: Log;
  /** Where call records go, one JSON line each. Default: standard output. */
  recordTo?: Writable;
  /** The collector that traces, metrics and records are sent to. */
  otlp?: OtlpSettings;
  /** A file that rotates, for call records in place of `recordTo`. */
  recordFile?: RotatingFileOptions;
  /**
   * What calls are signed with so that feedback can be given of them: at least 32 bytes, the same for all replicas. One
   * that is not given is drawn: then feedback is only taken where the call was answered, until that ends.
   */
  feedbackKey?: Uint8Array;
  /** Where its metrics are shown from, with those of whatever else this process does. Default: one of its own. */
  registry?: Registry;
  /** Who may call. Default: everybody, everything. */
  callers?: Callers;
  /** What callers may ask at most. Default: `CALLER_LIMITS`. */
  limits?: CallerLimits;
  /** Where replicas share what their calls have cost; the gateway closes it. Default: each counts alone. */
  budgetStore?: CountStore;
  /** Which feedback has been given. Default: what was given here. */
  given?: GivenFeedback;
  random?: () => number;
  now?: () => Date;
  /** Milliseconds of a clock that never jumps, by which breakers open and close. */
  clock?: () => number;
}
