import { randomBytes, randomUUID } from 'node:crypto';
import { Registry } from 'prom-client';
import type { EvidenceReading } from '../api/evidence.ts';
import { silentLog } from '../lib/log.ts';
import { adminServer } from './admin.ts';
import { tellingBreakers } from './breaker/telling.ts';
import { budgets as budgetsOf } from './budgets/budgets.ts';
import { responseCache } from './cache/response-cache.ts';
import { callTokens, LEAST_KEY_BYTES } from './call-token.ts';
import { routeArm } from './draw.ts';
import { evidenceBook } from './evidence.ts';
import { failureLog } from './failure-log.ts';
import type { GatewayOptions } from './gateway-options.ts';
import { givenFeedback } from './given.ts';
import { close, listen, urlOf } from './http/server/listening.ts';
import { providerKeys } from './keys.ts';
import { type GatewayMetrics, gatewayMetrics } from './metrics.ts';
import type { GuardOptions } from './privacy/guard.ts';
import { rateLimits } from './rate-limits.ts';
import { recordSink } from './record-sink.ts';
import { responseIds } from './response-ids.ts';
import { retries as retriesOf } from './retries/retries.ts';
import type { Answered, Sample } from './samples/sample.ts';
import { sampler } from './samples/sampler.ts';
import { type TakenTraits, traitBook } from './samples/trait-book.ts';
import { callServer } from './server.ts';
import { shadows } from './shadow.ts';
import { keepTable } from './table-keeper.ts';
import { fileLines } from './telemetry/file-lines.ts';
import { streamLines } from './telemetry/lines.ts';
import type { Family } from './telemetry/otlp/metrics.ts';
import { startOtlp } from './telemetry/otlp/otlp.ts';
import { rotatingFile } from './telemetry/rotating-file.ts';
import { tellOfStart } from './tell-of-start.ts';
import { callsUnderWay } from './under-way.ts';
import { upstream as upstreamPools } from './upstream.ts';

export interface Gateway {
  url: string;
  /** Empty where it has no admin port. */
  adminUrl: string;
  /** What has been counted of the releases named, or of all. */
  evidence(uids?: readonly string[]): EvidenceReading;
  /** Takes the oldest answers that wait for suites to score them. */
  takeSamples(most: number): Sample[];
  /** Takes what was counted of calls that suites watch. */
  takeTraits(): TakenTraits[];
  /** All that is counted for metrics. */
  families(): Promise<readonly Family[]>;
  /**
   * Takes no new calls and lets those under way finish, and copies in shadow, for `graceMs` at most. Calls that take longer are
   * ended with an error of the gateway's a second before, or half of the grace.
   */
  stop(graceMs?: number): Promise<void>;
}

const GRACE_MS = 20_000;
/** How long before the end of the grace calls under way are told of it, and how long their records are waited for, in ms. */
const LAST_WORDS_MS = 1_000;

/** Counts what is found private of the route that a call goes over, on the revision drawn. */
const foundBy =
  (metrics: GatewayMetrics): NonNullable<GuardOptions['found']> =>
  (draw, action, counts) => {
    const { kind, namespace, name } = draw.route.entry;
    metrics.found({ kind, namespace, release: name, revision: routeArm(draw).revision }, action, counts);
  };

/**
 * Starts the data plane over a source of resources, which it only reads.
 * @throws Error where an address is taken or the file for records cannot be opened, RangeError where the feedback key is too short.
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { source, log = silentLog, replica, recordTo = process.stdout } = options;
  const key = options.feedbackKey ?? randomBytes(LEAST_KEY_BYTES);
  const tokens = callTokens(key);
  const { recordFile, registry = new Registry(), now = () => new Date(), budgetStore } = options;
  const lines =
    recordFile === undefined ? streamLines(recordTo, log) : fileLines(await rotatingFile(recordFile), log);
  const otlp = options.otlp && startOtlp(options.otlp, log);
  const records = recordSink(lines, otlp?.record);
  const metrics = gatewayMetrics(records.dropped, undefined, registry, otlp);
  otlp?.follow(metrics.families);
  const budgets = budgetsOf({ log, registry, now, ...(budgetStore && { store: budgetStore }) });
  const breakers = tellingBreakers(registry, log, options.clock);
  const retries = retriesOf({ registry, now: options.clock, random: options.random });
  const answers = responseCache({ registry, now: options.clock, random: options.random });
  const book = evidenceBook(replica, randomUUID());
  const samples = sampler({ metrics, log });
  const traits = traitBook(log);
  const tabled = Promise.withResolvers<void>();
  const keys = providerKeys(source, log);
  const upstream = upstreamPools(keys);
  const keeper = keepTable({
    source,
    log,
    ...(options.defaultNamespace !== undefined && { defaultNamespace: options.defaultNamespace }),
    // Without the key of a new provider its revision would be charged with failures.
    prepare: (table) => keys.follow(table),
    onSwap(table) {
      metrics.swapped(table);
      book.follow(table);
      samples.follow(table);
      budgets.follow(table);
      breakers.follow(table);
      retries.follow(table);
      answers.follow(table);
      traits.follow(table);
      tabled.resolve();
    },
  });
  const table = () => keeper.current();
  const underWay = callsUnderWay();
  const deps = {
    metrics,
    records,
    log,
    book,
    found: foundBy(metrics),
    sample(answered: Answered) {
      samples.offer(answered);
      traits.offer(answered);
    },
    traits,
    keys,
    upstream,
    responses: responseIds(key),
    withoutUsage: new Set<string>(),
    unreachable: failureLog(log),
    rateLimits: rateLimits(registry, options.clock),
    breakers,
    budgets,
    now,
    underWay,
  };
  const copies = shadows(deps);
  const { server: calls, fast } = callServer({
    ...deps,
    retries,
    answers,
    table,
    tokens,
    given: options.given ?? givenFeedback(),
    copy: copies.copy,
    random: options.random ?? Math.random,
    ...(otlp?.tracer && { tracer: otlp.tracer }),
    ...(options.callers && { callers: options.callers }),
    ...(options.limits && { limits: options.limits }),
  });
  let stopping: Promise<void> | undefined;
  const ready = () => stopping === undefined && table() !== undefined;
  const evidence = (uids?: readonly string[]) => book.reading(table(), uids);
  const admin =
    options.admin &&
    adminServer({
      ready,
      evidence,
      takeSamples: samples.take,
      takeTraits: traits.take,
      metrics: metrics.text,
    });

  const release = async () => {
    keeper.stop();
    keys.stop();
    await Promise.all([upstream.close(), budgets.stop()]);
  };
  try {
    if (options.waitForTable) await tabled.promise;
    await listen(calls, options.listen);
    if (admin && options.admin) await listen(admin, options.admin);
  } catch (error) {
    calls.close();
    await Promise.all([release(), records.flush(), otlp?.stop()]);
    throw error;
  }
  const end = async (graceMs: number) => {
    const until = performance.now() + graceMs;
    const last = setTimeout(underWay.stop, graceMs - Math.min(LAST_WORDS_MS, graceMs / 2));
    await close(calls, graceMs, fast);
    clearTimeout(last);
    await underWay.done(LAST_WORDS_MS);
    await copies.stop(Math.max(0, until - performance.now()));
    if (admin) await close(admin, 1_000);
    await release();
    await Promise.all([records.flush(), otlp?.stop()]);
  };
  const adminUrl = admin ? urlOf(admin) : '';
  if (admin) tellOfStart(log, options, { url: urlOf(calls), admin: adminUrl });

  return {
    url: urlOf(calls),
    adminUrl,
    evidence,
    takeSamples: samples.take,
    takeTraits: traits.take,
    families: metrics.families,
    stop: (graceMs = GRACE_MS) => {
      stopping ??= end(graceMs);
      return stopping;
    },
  };
}
