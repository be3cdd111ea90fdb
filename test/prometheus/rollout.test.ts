import type { Guardrail } from '../../src/api/guardrail.ts';
import type { Rollout } from '../../src/api/rollout.ts';
import type { ReleaseStatus } from '../../src/api/status.ts';
import type { CustomSource } from '../../src/evidence/prometheus/source.ts';
import { prometheusEvidence } from '../../src/evidence/prometheus.ts';
import { eventually } from '../eventually.ts';
import { ask, type Stage, startStage } from '../gateway/stage.ts';
import { startPrometheus, type TestPrometheus } from './server.ts';
import { startTarget, type Target } from './target.ts';

// Prometheus begins to scrape some 5 s after its start, and may have to be fetched before the first.
const PATIENCE = 240_000;

let shop: Target;
let prometheus: TestPrometheus;
let source: CustomSource & { close(): Promise<void> };
let stage: Stage;

beforeAll(async () => {
  shop = await startTarget();
  prometheus = await startPrometheus({ shop: shop.address });
}, PATIENCE);

afterAll(async () => {
  await prometheus?.stop();
  await shop?.stop();
});

beforeEach(async () => {
  source = prometheusEvidence({ url: prometheus.url });
  stage = await startStage(
    [
      { match: { text: 'FAIL' }, errors: 1, answer: 'x' },
      { match: {}, answer: 'Hello' },
    ],
    source,
  );
});

afterEach(async () => {
  await stage.stop();
  await source.close();
});

const CARTS: Guardrail = {
  name: 'carts',
  prometheus: {
    bad: 'carts_total{revision="$revision",outcome="lost"}',
    total: 'carts_total{revision="$revision"}',
  },
};
const ROLLOUT: Rollout = {
  steps: [{ weight: 50, minDuration: '1h' }],
  guardrails: [CARTS, { name: 'errors', metric: 'ErrorRate' }],
};

async function begin(prompt: string): Promise<{ stable: string; candidate: string }> {
  stage.putRelease(prompt, { rollout: ROLLOUT });
  const { stableRevision, candidateRevision } = await stage.until(({ step }) => step?.weight === 50);
  return { stable: stableRevision!, candidate: candidateRevision! };
}

const status = (wanted: (status: ReleaseStatus) => boolean, ms = 40_000) =>
  eventually(
    () => JSON.stringify(stage.status()),
    () => wanted(stage.status()) && stage.status(),
    ms,
  );
const carts = ({ guardrails = [] }: ReleaseStatus) => guardrails.find(({ name }) => name === 'carts');

test("a candidate that loses the user's own customers is taken back, with what was counted", async () => {
  const { stable, candidate } = await begin('You are B.');
  const expose = (kept: number, lost: number) =>
    shop.expose(
      [
        `carts_total{revision="${stable}",outcome="ok"} ${1_000 + kept}`,
        `carts_total{revision="${stable}",outcome="lost"} 50`,
        `carts_total{revision="${candidate}",outcome="ok"} ${kept - lost}`,
        `carts_total{revision="${candidate}",outcome="lost"} ${lost}`,
        '',
      ].join('\n'),
    );
  // What was counted until then is nobody's fault: the 50 carts that stable lost before are not held against it.
  expose(0, 0);
  await status((now) => carts(now) !== undefined && !/^total:|not answered/.test(carts(now)?.message ?? ''));
  let sold = 0;
  const selling = setInterval(() => {
    sold += 10;
    expose(sold, sold / 2);
  }, 300);
  try {
    const { rollback } = await status(({ phase }) => phase === 'RolledBack');
    expect(rollback).toMatchObject({ guardrail: 'carts', from: candidate, to: stable });
    expect(rollback?.reason).toMatch(/^\d+ of \d+ were bad, stable 0 of \d+/);
  } finally {
    clearInterval(selling);
  }
});

test('with Prometheus gone the rollout holds and says why, and what the gateway counts still takes it back', async () => {
  await prometheus.kill();
  await begin('FAIL');
  const held = await status((now) => carts(now)?.verdict === 'NoData' && carts(now)?.message !== undefined);
  expect(carts(held)?.message).toMatch(/^total: Prometheus at .* cannot be reached \(ECONNREFUSED\): /);
  const begun = performance.now();
  for (let n = 0; n < 60 && stage.status().phase !== 'RolledBack'; n += 1) await ask(stage, `user-${n}`);
  const { rollback } = await status(({ phase }) => phase === 'RolledBack');
  expect(rollback?.guardrail).toBe('errors');
  expect(performance.now() - begun).toBeLessThan(5_000);
});
