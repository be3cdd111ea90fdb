import { Registry } from 'prom-client';
import { type World, withStable } from '../../../test/controllers/world.ts';
import type { EvalSuiteSpec } from '../../api/eval-suite.ts';
import type { TakenTraits } from '../../gateway/samples/trait-book.ts';
import { manualTimers } from '../../lib/manual-timers.ts';
import { noTraits, type Traits } from '../../traits/counts.ts';
import { startWatch } from './watch.ts';
import { watchMetrics } from './watch-metrics.ts';

const HOUR_MS = 3_600_000;
const POLL_MS = 2_000;
const SPEC: EvalSuiteSpec = {
  cases: [],
  schedule: { every: '24h', releases: [{ kind: 'PromptRelease', name: 'triage' }], watch: { window: '6h' } },
};

let it: World;
let timers: ReturnType<typeof manualTimers>;
let ms: number;
let waiting: TakenTraits[];
let down: boolean;
let watch: ReturnType<typeof startWatch>;
let registry: Registry;

beforeEach(async () => {
  ({ it } = await withStable());
  [timers, ms, waiting, down] = [manualTimers(), 0, [], false];
  put(SPEC);
  start();
});
afterEach(() => watch.stop());

/** The evaluator of a new process: it remembers nothing. */
function start(): void {
  registry = new Registry();
  watch = startWatch({
    store: it.faults.store,
    traits: {
      async takeTraits() {
        if (down) throw new Error('no gateway is ready');
        return waiting.splice(0);
      },
    },
    clock: { now: () => new Date(Date.UTC(2026, 0, 5) + ms), monotonic: () => ms },
    timers,
    metrics: watchMetrics(registry),
  });
}

function put(spec: EvalSuiteSpec): void {
  it.store.put({ kind: 'EvalSuite', metadata: { name: 'tickets', namespace: 'n' }, spec });
}

/** Gateways have counted calls in this language. */
function called(language: string, calls: number, over: Partial<Traits> = {}): void {
  const { uid } = it.store.get('PromptRelease', 'n', 'triage')!.metadata;
  const revision = it.status().stableRevision!;
  const traits = { ...noTraits(), inputs: { language: { [language]: calls } }, ...over };
  waiting.push({ kind: 'PromptRelease', namespace: 'n', name: 'triage', uid, revision, calls, traits });
}

async function look(): Promise<void> {
  await timers.advance(POLL_MS);
}

/** A window in which so many calls came. */
async function windowOf(...calls: Parameters<typeof called>): Promise<void> {
  called(...calls);
  await look();
  ms += 6 * HOUR_MS;
  await look();
}

const status = () => it.store.get('EvalSuite', 'n', 'tickets')!.status;
const condition = (wanted: string) => status().conditions?.find(({ type }) => type === wanted);
const events = () => it.store.events.filter(({ reason }) => reason.endsWith('Shifted'));
const shown = async () =>
  (await registry.metrics()).split('\n').filter((line) => line.startsWith('sluice_eval_shifted{'));

test('callers that ask otherwise are told of on suite and release, once, until they ask as before', async () => {
  await look();
  expect(condition('InputsShifted')).toMatchObject({ status: 'Unknown', reason: 'NotTold' });
  await windowOf('en', 300);
  expect(await shown()).toEqual([]);
  await windowOf('en', 300);
  expect(condition('InputsShifted')).toMatchObject({ status: 'False', reason: 'InputsAlike' });
  expect(condition('OutputsShifted')).toMatchObject({ status: 'False', reason: 'AnswersAlike' });
  expect(events()).toEqual([]);

  await windowOf('de', 300);
  expect(condition('InputsShifted')).toMatchObject({ status: 'True', reason: 'InputsDiffer' });
  expect(condition('OutputsShifted')?.status).toBe('False');
  expect(events()).toMatchObject([
    { kind: 'EvalSuite', name: 'tickets', type: 'Warning', reason: 'InputsShifted' },
    { kind: 'PromptRelease', name: 'triage', type: 'Warning', reason: 'InputsShifted' },
  ]);
  const { stableRevision } = it.status();
  expect(events()[1]!.message).toBe(
    `what callers ask of ${stableRevision} has changed by EvalSuite tickets: ${status().watched![0]!.shifts!.inputs}`,
  );
  const labels = 'namespace="n",suite="tickets",kind="PromptRelease",release="triage"';
  expect(await shown()).toEqual([
    `sluice_eval_shifted{${labels},of="inputs"} 1`,
    `sluice_eval_shifted{${labels},of="answers"} 0`,
    `sluice_eval_shifted{${labels},of="feedback"} 0`,
  ]);

  await windowOf('de', 300);
  expect(events()).toHaveLength(2);
  await windowOf('en', 300);
  expect(condition('InputsShifted')?.status).toBe('False');
  expect(events()).toHaveLength(2);
});

test('answers and feedback that are others are told as such', async () => {
  const usual = {
    answers: { sentiment: { positive: 250, mixed: 50 } },
    feedback: { thumb: { up: 90, down: 10 } },
  };
  await windowOf('en', 300, usual);
  await windowOf('en', 300, { ...usual, answers: { sentiment: { negative: 250, mixed: 50 } } });
  expect(condition('OutputsShifted')?.message).toMatch(
    /^PromptRelease triage \S+: answers sound negative 83.3%, mixed 16.7%; positive 83.3%, mixed 16.7% then/,
  );
  expect(condition('InputsShifted')?.status).toBe('False');
  await windowOf('en', 300, { ...usual, feedback: { thumb: { up: 60, down: 40 } } });
  expect(condition('OutputsShifted')?.message).toMatch(
    /: thumbs up 60.0%, down 40.0%; up 90.0%, down 10.0% then/,
  );
  expect(events().map(({ kind, reason }) => `${kind} ${reason}`)).toEqual([
    'EvalSuite OutputsShifted',
    'PromptRelease OutputsShifted',
    'EvalSuite OutputsShifted',
    'PromptRelease OutputsShifted',
  ]);
});

test('an evaluator that starts anew goes on: with its reference, its window, and what it has told', async () => {
  await windowOf('en', 300);
  called('de', 150);
  await look();
  await watch.stop();
  expect(status().watched).toMatchObject([{ calls: 150, reference: { calls: 300 } }]);
  start();
  called('de', 150);
  await look();
  ms += 6 * HOUR_MS;
  await look();
  expect(status().watched![0]!.message).toMatch(/^300 calls since/);
  expect(condition('InputsShifted')?.status).toBe('True');
  await watch.stop();
  start();
  await look();
  expect(events()).toHaveLength(2);
  expect((await shown())[0]).toMatch(/ 1$/);
});

test('what was counted is written once a minute while a window lasts', async () => {
  await look();
  called('en', 10);
  await look();
  expect(status().watched).toMatchObject([{ calls: 0 }]);
  await timers.advance(60_000);
  expect(status().watched).toMatchObject([{ calls: 10 }]);
});

test('a write that is lost is made again, and told of once', async () => {
  await windowOf('en', 300);
  called('de', 300);
  await look();
  ms += 6 * HOUR_MS;
  it.faults.arm({ at: 0, when: 'before', code: 'Conflict' });
  await look();
  expect(events()).toEqual([]);
  await look();
  expect(events()).toHaveLength(2);
  await look();
  expect(events()).toHaveLength(2);
});

test('gateways that cannot be asked are no shift', async () => {
  await windowOf('en', 300);
  down = true;
  ms += 48 * HOUR_MS;
  await look();
  expect(status().watched).toMatchObject([{ calls: 0, reference: { calls: 300 } }]);
  down = false;
  await windowOf('en', 300);
  expect(condition('InputsShifted')?.status).toBe('False');
});

test('where a suite watches no more, what it knew is gone, and one that is broken keeps it', async () => {
  await windowOf('en', 300);
  await windowOf('de', 300);
  put({ ...SPEC, schedule: { ...SPEC.schedule!, every: 'never' } });
  await look();
  expect(status().watched).toHaveLength(1);
  const { watch: _watch, ...schedule } = SPEC.schedule!;
  put({ ...SPEC, schedule });
  await look();
  expect(status().watched).toBeUndefined();
  expect(condition('InputsShifted')).toBeUndefined();
  expect(condition('OutputsShifted')).toBeUndefined();
  expect(await shown()).toEqual([]);
});
