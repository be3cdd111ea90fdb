import type { CustomReading } from '../../src/api/evidence.ts';
import type { Arms, CustomQueries } from '../../src/evidence/prometheus/source.ts';
import { prometheusEvidence } from '../../src/evidence/prometheus.ts';
import { eventually } from '../eventually.ts';
import { ask, held, type Stage, startStage } from '../gateway/stage.ts';
import { nativeHistogram, PROTOBUF } from './native-histogram.ts';
import { startPrometheus, type TestPrometheus } from './server.ts';
import { startStallingProxy } from './stalling-proxy.ts';
import { startTarget, type Target } from './target.ts';

// Prometheus begins to scrape some 5 s after its start, and may have to be fetched before the first.
const PATIENCE = 240_000;
const ARMS: Arms = { stable: 'cart-1', candidate: 'cart-2' };

let stage: Stage;
let pods: Record<'x' | 'y' | 'native', Target>;
let prometheus: TestPrometheus;

beforeAll(async () => {
  pods = { x: await startTarget(), y: await startTarget(), native: await startTarget() };
  stage = await startStage([
    { match: { text: 'FAIL' }, errors: 1, answer: 'x' },
    { match: {}, answer: 'Hello' },
  ]);
  prometheus = await startPrometheus({
    gateway: new URL(stage.gateway.adminUrl).host,
    x: pods.x.address,
    y: pods.y.address,
    native: pods.native.address,
  });
}, PATIENCE);

afterAll(async () => {
  await prometheus?.stop();
  await stage?.stop();
  for (const pod of Object.values(pods ?? {})) await pod.stop();
});

type Queries = CustomQueries['prometheus'];

/** One reading, with nothing remembered of an earlier one. */
async function read(queries: Queries, arms = ARMS, url = prometheus.url): Promise<CustomReading> {
  const source = prometheusEvidence({ url });
  try {
    // The first may have to wait for what the machine is busy with.
    return await eventually('an answer', async () => {
      const [reading] = await source.read([{ guardrail: 'g', prometheus: queries }], arms);
      return !('problem' in reading! && reading.problem.includes('not answered yet')) && reading;
    });
  } finally {
    await source.close();
  }
}

async function problem(queries: Queries, arms = ARMS): Promise<string> {
  const reading = await read(queries, arms);
  return 'problem' in reading ? reading.problem : `none, but ${JSON.stringify(reading)}`;
}

/** Reads until `wanted` holds: what a target exposes is scraped within a second. */
function until(queries: Queries, wanted: (reading: CustomReading) => boolean, arms = ARMS) {
  let last: CustomReading | undefined;
  return eventually(
    () => `was ${JSON.stringify(last)}`,
    async () => {
      last = await read(queries, arms);
      return wanted(last) && last;
    },
    30_000,
    200,
  );
}

const both = (metric: string): Queries => ({
  bad: `${metric}{revision="$revision",outcome="lost"}`,
  total: `${metric}{revision="$revision"}`,
});
const sum = (counts: Record<string, number>) => Object.values(counts).reduce((a, b) => a + b, 0);
const arm = (reading: CustomReading, which: keyof Arms) => {
  if ('problem' in reading) return { bad: {}, total: {} };
  const counts = reading[which];
  return 'bad' in counts ? counts : { bad: {}, total: {} };
};

test("the gateway's own counters say what the gateway counted, revision by revision", async () => {
  stage.putRelease('FAIL', { rollout: held(50, { rescue: false }) });
  const status = await stage.until(({ step }) => step?.weight === 50);
  const [stable, candidate] = [status.stableRevision!, status.candidateRevision!];
  for (let n = 0; n < 40; n += 1) await ask(stage, `user-${n}`).catch(() => {});
  const failed = stage.outcomes(candidate).upstream_5xx!;
  expect(failed).toBeGreaterThan(5);
  const of = 'namespace="support",release="triage",revision="$revision"';
  const queries = {
    bad: `sluice_gateway_calls_total{${of},outcome=~"upstream_5xx|timeout"}`,
    total: `sluice_gateway_calls_total{${of}}`,
  };

  const reading = await until(
    queries,
    (one) => sum(arm(one, 'stable').total) + sum(arm(one, 'candidate').total) === 40,
    { stable, candidate },
  );
  expect(Object.values(arm(reading, 'candidate').bad)).toEqual([failed]);
  expect(Object.values(arm(reading, 'candidate').total)).toEqual([failed]);
  expect(arm(reading, 'stable').bad).toEqual({});
  expect(Object.values(arm(reading, 'stable').total)).toEqual([40 - failed]);

  const histogram = `sluice_gateway_call_duration_seconds_bucket{${of}}`;
  const times = await until({ histogram }, (one) => !('problem' in one), { stable, candidate });
  if (!('candidate' in times) || !('histograms' in times.candidate)) throw new Error('no histograms');
  const [buckets] = Object.values(times.candidate.histograms);
  expect(buckets!.map(([bound]) => bound)).toEqual([
    0.05,
    0.1,
    0.25,
    0.5,
    1,
    2.5,
    5,
    10,
    30,
    60,
    Number.POSITIVE_INFINITY,
  ]);
  expect(buckets!.at(-1)).toEqual([Number.POSITIVE_INFINITY, failed]);
});

test('a counter that is reset is read as it is, beside those of other pods that are not', async () => {
  const exposed = (ok: number, lost: number) =>
    ['cart-1', 'cart-2']
      .flatMap((revision) => [
        `carts_total{revision="${revision}",outcome="ok"} ${ok}`,
        `carts_total{revision="${revision}",outcome="lost"} ${lost}`,
      ])
      .join('\n')
      .concat('\n');
  pods.x.expose(exposed(500, 20));
  pods.y.expose(exposed(300, 4));
  const before = arm(
    await until(both('carts_total'), (one) => sum(arm(one, 'candidate').total) === 824),
    'candidate',
  );
  expect(Object.values(before.bad).sort()).toEqual([20, 4]);
  expect(Object.values(before.total).sort()).toEqual([20, 300, 4, 500]);

  pods.x.expose(exposed(7, 1));
  const after = arm(
    await until(both('carts_total'), (one) => sum(arm(one, 'candidate').total) === 312),
    'candidate',
  );
  const changed = (earlier: Record<string, number>, later: Record<string, number>) =>
    Object.keys(earlier)
      .map((id) => `${earlier[id]} → ${later[id]}`)
      .sort();
  expect(changed(before.bad, after.bad)).toEqual(['20 → 1', '4 → 4']);
  expect(changed(before.total, after.total)).toEqual(['20 → 1', '300 → 300', '4 → 4', '500 → 7']);
});

test('a native histogram', async () => {
  const [positive, negative] = [{ 1: 3, 2: 2, 4: 1 }, { 1: 1 }];
  const labels = { revision: 'cart-2' };
  pods.native.expose(nativeHistogram('native_seconds', { labels, zero: 2, positive, negative }), PROTOBUF);
  const reading = await until(
    { histogram: 'native_seconds{revision="$revision"}' },
    (one) => !('problem' in one),
  );
  if (!('candidate' in reading) || !('histograms' in reading.candidate)) throw new Error('no histograms');
  expect(Object.values(reading.candidate.histograms)).toEqual([
    [
      [-2, 0],
      [-1, 1],
      [-0.001, 1],
      [0.001, 3],
      [1, 3],
      [2, 6],
      [4, 8],
      [8, 8],
      [16, 9],
      [Number.POSITIVE_INFINITY, 9],
    ],
  ]);
  expect(reading.stable).toEqual({ histograms: {} });
});

test('a name with every kind of quotes is the same string to PromQL', async () => {
  const odd = 'a"b\'c\\d`e\n{}';
  const written = odd.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
  pods.x.expose(`odd_total{revision="${written}"} 5\n`);
  const arms = { stable: odd, candidate: 'other' };
  for (const quote of ['"', "'"]) {
    const query = `odd_total{revision=${quote}$revision${quote}}`;
    const reading = await until({ bad: query, total: query }, (one) => !('problem' in one), arms);
    expect(Object.values(arm(reading, 'stable').total)).toEqual([5]);
  }
});

test('what cannot be used is a problem, in words', async () => {
  const many = Array.from({ length: 201 }, (_, n) => `many_total{revision="cart-1",n="${n}"} 1`);
  pods.x.expose(
    ['broken_total{revision="cart-2"} NaN', 'fine_total{revision="cart-2"} 1', ...many, ''].join('\n'),
  );
  await until(both('fine_total'), (one) => !('problem' in one));

  expect(await problem(both('nowhere_total'))).toBe(
    'total: no series of cart-2 or cart-1: see that the metric is scraped, and has the revision in a label',
  );
  expect(await problem(both('broken_total'))).toMatch(/^total: gives NaN: /);
  expect(await problem(both('many_total'))).toMatch(/^total: gives 201 series, more than 200: /);
  const total = 'fine_total{revision="$revision"}';
  expect(await problem({ bad: `${total}[5m]`, total })).toMatch(/^bad: gives a range: /);
  expect(await problem({ bad: `scalar(${total})`, total })).toMatch(/^bad: gives a scalar, no series: /);
  expect(await problem({ bad: 'fine_total{revision="$revision"', total })).toMatch(
    /^bad: Prometheus at 127.0.0.1:\d+ answered 400: .*parse error.*; correct the query$/,
  );
  expect(await problem({ histogram: total })).toMatch(/^histogram: gives series without le: /);
  // A ratio of nothing by nothing, as of a revision without calls.
  expect(await problem({ bad: `${total} - 1 > 5 or 0 * ${total} / 0`, total })).toMatch(/^bad: gives NaN: /);
});

test('a Prometheus that turns silent holds nobody up, and is a problem once it has not answered', async () => {
  pods.x.expose('steady_total{revision="cart-1"} 3\nsteady_total{revision="cart-2"} 2\n');
  await until(both('steady_total'), (one) => sum(arm(one, 'candidate').total) === 2);
  const proxy = await startStallingProxy(prometheus.url);
  // Turned on by hand, so that each reading is due a new one.
  let turned = 0;
  const timers = {
    now: () => performance.now() + turned,
    after: (ms: number, run: () => void) => {
      const handle = setTimeout(run, ms);
      return () => clearTimeout(handle);
    },
  };
  const source = prometheusEvidence({ url: proxy.url, timeoutMs: 700, timers });
  const look = async () => {
    turned += 5_000;
    const [reading] = await source.read([{ guardrail: 'g', prometheus: both('steady_total') }], ARMS);
    return 'problem' in reading! ? reading.problem : sum(arm(reading!, 'candidate').total);
  };
  try {
    await eventually('a first answer', async () => (await look()) === 2);
    proxy.stall();
    const begun = performance.now();
    expect(await look()).toBe(2);
    expect(performance.now() - begun).toBeLessThan(400);
    await eventually('a problem', async () => {
      const [reading] = await source.read([{ guardrail: 'g', prometheus: both('steady_total') }], ARMS);
      return 'problem' in reading! && reading.problem.includes('had no answer within 0.7 s');
    });
    proxy.resume();
    await eventually('an answer again', async () => (await look()) === 2);
  } finally {
    await source.close();
    await proxy.stop();
  }
});

test('a Prometheus that is killed is a problem until it is back, with what it knew', async () => {
  pods.y.expose('lasting_total{revision="cart-1"} 9\nlasting_total{revision="cart-2"} 8\n');
  const queries = both('lasting_total');
  const before = await until(queries, (one) => sum(arm(one, 'candidate').total) === 8);
  await prometheus.kill();
  expect(await problem(queries)).toMatch(/^total: Prometheus at .* cannot be reached \(ECONNREFUSED\): /);
  await prometheus.start();
  expect(await until(queries, (one) => !('problem' in one))).toEqual(before);
});
