import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { Writable } from 'node:stream';
import { freePort } from '../../lib/free-port.ts';
import type { Log } from '../../lib/log.ts';
import { memoryCounts } from '../../store/memory-counts.ts';
import { adminServer } from '../admin.ts';
import { LEAST_KEY_BYTES } from '../call-token.ts';
import { givenFeedback } from '../given.ts';
import { close, listen, urlOf } from '../http/server/listening.ts';
import { fileLines } from '../telemetry/file-lines.ts';
import { streamLines } from '../telemetry/lines.ts';
import { type RotatingFileOptions, rotatingFile } from '../telemetry/rotating-file.ts';
import { tellOfStart } from '../tell-of-start.ts';
import { startFleet, type WorkerProcess } from './fleet.ts';
import { fleetMetrics } from './fleet-metrics.ts';
import { fleetReadings } from './fleet-readings.ts';
import type { ForkedWorker } from './fork.ts';
import { wholeLines } from './whole-lines.ts';

export interface PrimaryOptions {
  /** How many workers there should be. */
  workers: number;
  /** Starts one. */
  fork(): ForkedWorker;
  /** Where the workers listen. */
  listen: Address;
  /** Where this process listens, for Prometheus, probes, the controller and the evaluator. */
  admin: Address;
  log: Log;
  /** Where the workers' call records go. Default: standard output. */
  recordTo?: Writable;
  /** A file that rotates, in place of `recordTo`. */
  recordFile?: RotatingFileOptions;
  /** See `GatewayOptions`. One that is not given is drawn: it is the same for all workers, and gone with this process. */
  feedbackKey?: Uint8Array;
  /** Takes each line that a worker writes on its standard error. */
  errorLine(line: string): void;
  /** Who may call, for the log: undefined where everybody may. */
  callers?: unknown;
  /** Whether metrics have examples, as they do where traces are sent. */
  traced?: boolean;
}

type Address = { host: string; port: number };

/** One gateway of several processes. */
export interface Primary {
  adminUrl: string;
  /** Where callers come in, once a worker serves. @throws Error in the words of the one that could not start. */
  readonly url: Promise<string>;
  /** Has the workers take no new calls and finish those under way, for `graceMs` at most, and ends when they have. */
  stop(graceMs?: number): Promise<void>;
}

const GRACE_MS = 20_000;

/**
 * Starts workers that serve callers on one port, and answers for all of them. It makes no call itself.
 * @throws Error where an address is taken or the file for records cannot be opened.
 */
export async function startPrimary(options: PrimaryOptions): Promise<Primary> {
  const { workers, log, recordTo = process.stdout, recordFile, errorLine } = options;
  // A worker only listens when it can serve; whoever starts this should not wait for the API server to hear of it.
  const address = await mayListen(options.listen);
  const lines =
    recordFile === undefined ? streamLines(recordTo, log) : fileLines(await rotatingFile(recordFile), log);
  /** What the workers still write. */
  const outputs = new Set<Promise<unknown>>();
  let torn = 0;
  const follow = (output: Promise<unknown>) => {
    const done = output.finally(() => outputs.delete(done));
    outputs.add(done);
  };
  const spawn = (): WorkerProcess => {
    const { stdout, stderr, ...process } = options.fork();
    follow(
      wholeLines(stdout, lines.write).then((whole) => {
        if (!whole) torn++;
      }),
    );
    follow(wholeLines(stderr, errorLine));
    return process;
  };

  const given = givenFeedback();
  const counts = memoryCounts();
  const feedbackKey = options.feedbackKey ?? randomBytes(LEAST_KEY_BYTES);
  const fleet = startFleet({
    workers,
    spawn,
    order: { feedbackKey, listen: address },
    answers: {
      counts: (changes) => counts.exchange(changes),
      feedback: ({ call, kinds }) => given.take(call, kinds),
    },
    log,
  });
  let stopping: Promise<void> | undefined;
  const own = fleetMetrics(workers, fleet, () => lines.dropped() + torn);
  const admin = adminServer({
    // Connections only go to workers that have a table: those that are missing take no capacity that others have.
    ready: () => stopping === undefined && fleet.serving().length > 0,
    ...fleetReadings(fleet, own, options.traced ?? false),
  });
  const written = async () => {
    await Promise.all(outputs);
    await lines.flush();
  };
  try {
    await listen(admin, options.admin);
  } catch (error) {
    await fleet.stop(0);
    await written();
    throw error;
  }
  const url = fleet.first.then((first) => {
    tellOfStart(log, options, { url: first, admin: urlOf(admin), workers });
    return first;
  });
  url.catch(() => {});

  const end = async (graceMs: number) => {
    await fleet.stop(graceMs);
    await close(admin, 1_000);
    await written();
  };
  return {
    adminUrl: urlOf(admin),
    url,
    stop: (graceMs = GRACE_MS) => {
      stopping ??= end(graceMs);
      return stopping;
    },
  };
}

/** The address, with a free port where it names none. @throws Error where it is taken. */
async function mayListen({ host, port }: Address): Promise<Address> {
  if (port === 0) return { host, port: await freePort(host) };
  const server = createServer();
  await listen(server, { host, port });
  await close(server, 0);
  return { host, port };
}
