import { type World, withStable } from '../../test/controllers/world.ts';
import { eventually } from '../../test/eventually.ts';
import type { EvalSuiteSpec, EvalSuiteStatus } from '../api/eval-suite.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { type ScheduleOptions, scheduleReconciler } from './schedule.ts';

const HOUR_MS = 3_600_000;
const CASES = Array.from({ length: 20 }, (_, at) => ({
  name: `case ${at}`,
  messages: [{ role: 'user' as const, content: `<${at}> what is it about?` }],
}));
const SPEC: EvalSuiteSpec = {
  cases: CASES,
  assert: [{ type: 'contains', value: 'billing' }],
  schedule: { every: '6h', releases: [{ kind: 'PromptRelease', name: 'triage' }] },
};
const answers = (answer: string, ...wrong: number[]) => [
  ...wrong.map((at) => ({ match: { text: `<${at}>` }, answer: 'weather' })),
  { answer },
];

let it: World;
let good: string;
let simulator: Simulator;
let ms: number;
let told: { evaluation: Evaluation; verdict: string }[];
let pass: () => Promise<{ requeueAfterMs?: number }>;

const clock: ScheduleOptions['clock'] = {
  now: () => new Date(Date.UTC(2026, 0, 5) + ms),
  monotonic: () => ms,
};

beforeEach(async () => {
  [ms, told] = [0, []];
  ({ it, good } = await withStable());
  simulator = await startSimulator({ rules: answers('billing'), seed: 3 });
  const { store } = it;
  store.put({
    kind: 'ModelProvider',
    metadata: { name: 'sim', namespace: 'n' },
    spec: { dialect: 'OpenAI', baseURL: simulator.baseURL },
  });
  put(SPEC);
  restart();
});
afterEach(() => simulator.close());

function put(spec: EvalSuiteSpec): void {
  it.store.put({ kind: 'EvalSuite', metadata: { name: 'tickets', namespace: 'n' }, spec });
}

/** The evaluator of a new process: it remembers nothing. */
function restart(): void {
  const { store } = it.faults;
  const reconcile = scheduleReconciler({
    store,
    clock,
    run: (suite, { kind, metadata: { namespace, name } }, revision) =>
      evaluate({
        source: store,
        suite,
        release: { kind, namespace, name },
        revision,
        now: clock.now,
        pause: async () => {},
      }),
    onRun: (evaluation, { lastVerdict }) => told.push({ evaluation, verdict: lastVerdict }),
  });
  pass = () => reconcile('n/tickets');
}

const status = (): EvalSuiteStatus => it.store.get('EvalSuite', 'n', 'tickets')!.status;
const drifted = () => status().conditions?.find(({ type }) => type === 'Drifted');
const events = () => it.store.events.filter(({ reason }) => reason === 'Drifted');
const asked = () => simulator.requests().total;

/** Goes on to the next run, which must be due by then. */
async function nextRun(): Promise<void> {
  const { requeueAfterMs } = await pass();
  ms += requeueAfterMs ?? 0;
  const before = told.length;
  await pass();
  expect(told).toHaveLength(before + 1);
}

/** Rolls out another prompt until it serves. */
async function promote(content: string): Promise<string> {
  it.put(content);
  for (let tries = 0; it.content() !== content || it.status().phase !== 'Healthy' || tries === 0; tries++) {
    if (tries > 60) throw new Error(JSON.stringify(it.status()));
    await it.seconds(5);
  }
  return it.status().stableRevision!;
}

test('a model that the provider changes under the same name is caught, and the release is told', async () => {
  await pass();
  await nextRun();
  await nextRun();
  expect(drifted()).toMatchObject({ status: 'False', reason: 'ScoresHold' });
  expect(events()).toEqual([]);

  simulator.setRules(answers('billing', 0, 2, 3, 5, 8, 9, 11, 12, 15, 17));
  await nextRun();
  expect(told.map(({ verdict }) => verdict)).toEqual(['Pass', 'Pass', 'Pass', 'Fail']);
  expect(drifted()).toMatchObject({ status: 'True', reason: 'ScoresFell' });
  const [onSuite, onRelease] = events();
  expect(onSuite).toMatchObject({ kind: 'EvalSuite', name: 'tickets', type: 'Warning' });
  expect(onRelease).toMatchObject({ kind: 'PromptRelease', name: 'triage', type: 'Warning' });
  expect(onRelease!.message).toBe(
    `${good} has drifted by EvalSuite tickets: scored 0.5, 1 at the reference of 2026-01-05T00:00:00.000Z, over 20 cases; proven lower at a risk of 1%`,
  );
  expect(status().runs![0]).toMatchObject({
    purpose: 'Schedule',
    verdict: 'Fail',
    candidate: { revision: good, passed: 10, score: '0.5' },
    cases: 20,
    errors: 0,
  });
  expect(status().runs![0]!.worst).toHaveLength(5);

  // What goes on is told once; what ends is told too.
  await nextRun();
  expect(events()).toHaveLength(2);
  expect(it.store.get('PromptRelease', 'n', 'triage')!.metadata.annotations).toEqual({});
  simulator.setRules(answers('billing'));
  await nextRun();
  expect(drifted()?.status).toBe('False');
});

test('answers that still score but have become others are told of, and nothing is taken back', async () => {
  put({ ...SPEC, schedule: { ...SPEC.schedule!, onDrift: 'Rollback' } });
  await promote('better');
  await pass();
  simulator.setRules(answers(`billing, ${'as you know '.repeat(20)}`));
  await nextRun();
  await nextRun();
  const shifted = () => status().conditions?.find(({ type }) => type === 'OutputsShifted');
  expect(shifted()).toMatchObject({ status: 'True', reason: 'AnswersDiffer' });
  expect(drifted()?.status).toBe('False');
  const notes = it.store.events.filter(({ reason }) => reason === 'OutputsShifted');
  expect(notes.map(({ kind }) => kind)).toEqual(['EvalSuite', 'PromptRelease']);
  expect(notes[1]!.message).toMatch(/answers of typically \d+ characters, \d+ then$/);
  expect(it.store.get('PromptRelease', 'n', 'triage')!.metadata.annotations).toEqual({});
  simulator.setRules(answers('billing'));
  await nextRun();
  expect(shifted()?.status).toBe('False');
});

test('with onDrift: Rollback the revision before serves again, asked for by name and reason', async () => {
  put({ ...SPEC, schedule: { ...SPEC.schedule!, onDrift: 'Rollback' } });
  const better = await promote('better');
  await pass();
  expect(status().schedules).toMatchObject([{ revision: better, drifted: false }]);
  simulator.setRules(answers('weather'));
  ms += 6 * HOUR_MS;
  await pass();
  expect(events()[1]!.message).toMatch(new RegExp(`; ${good} is asked for$`));
  await it.seconds(2);
  expect(it.status()).toMatchObject({
    stableRevision: good,
    rollback: { from: better, to: good },
    lastAction: { verb: 'rollback-to', value: good, by: 'EvalSuite tickets' },
  });
  expect(it.status().lastAction!.reason).toMatch(/^drifted: scored 0, 1 at the reference/);

  // What serves now is no worse than itself: its first run is a reference of its own.
  await pass();
  expect(status().schedules).toMatchObject([{ revision: good, drifted: false, reference: { runs: 1 } }]);
  await nextRun();
  expect(it.status().stableRevision).toBe(good);
  expect(drifted()?.status).toBe('False');
});

test('a first revision has none before it: that is said, and it serves on', async () => {
  put({ ...SPEC, schedule: { ...SPEC.schedule!, onDrift: 'Rollback' } });
  await pass();
  simulator.setRules(answers('weather'));
  await nextRun();
  expect(events()[1]!.message).toMatch(/; no revision is known that was promoted before it$/);
  await it.seconds(1);
  expect(it.status().stableRevision).toBe(good);
});

test('what could not be asked is no drift, and is asked again in an hour', async () => {
  await pass();
  simulator.setRules([{ errors: { rate: 1, status: 400 } }]);
  ms += 6 * HOUR_MS;
  expect(await pass()).toEqual({ requeueAfterMs: HOUR_MS });
  expect(told.at(-1)?.verdict).toBe('Error');
  expect(drifted()?.status).toBe('False');
  expect(status().schedules![0]!.message).toMatch(
    /^only 0 of 20 cases could be scored, the first: sim m: .*400/,
  );
  simulator.setRules(answers('billing'));
  await nextRun();
  expect(told.at(-1)?.verdict).toBe('Pass');
});

test('an hour in which nothing could be asked does not make drift begin anew', async () => {
  await pass();
  simulator.setRules(answers('weather'));
  await nextRun();
  simulator.setRules([{ errors: { rate: 1, status: 400 } }]);
  await nextRun();
  expect(drifted()?.status).toBe('True');
  simulator.setRules(answers('weather'));
  await nextRun();
  expect(events()).toHaveLength(2);
});

test('is not asked before it is due, over restarts too; a promotion is asked at once', async () => {
  await pass();
  const first = asked();
  ms += 6 * HOUR_MS - 1;
  restart();
  expect(await pass()).toEqual({ requeueAfterMs: 1 });
  expect(asked()).toBe(first);
  await promote('better');
  await pass();
  expect(asked()).toBe(2 * first);
});

test('a run whose outcome could not be written is not made again', async () => {
  it.faults.arm({ at: 0, when: 'before', code: 'Conflict' });
  await expect(pass()).rejects.toMatchObject({ code: 'Conflict' });
  const after = asked();
  await pass();
  expect(asked()).toBe(after);
  expect(status().schedules).toHaveLength(1);
  expect(told).toHaveLength(1);
});

test('what was known of a release that the schedule names no more is forgotten', async () => {
  await pass();
  simulator.setRules(answers('weather'));
  await nextRun();
  expect(drifted()?.status).toBe('True');
  put({ ...SPEC, schedule: { every: '6h', releases: [{ kind: 'PromptRelease', name: 'nobody' }] } });
  await pass();
  expect([status().schedules, status().conditions]).toEqual([undefined, []]);

  put(SPEC);
  await pass();
  expect(drifted()?.status).toBe('False');
  put({ cases: CASES });
  expect(await pass()).toEqual({});
  expect([status().schedules, status().conditions]).toEqual([undefined, []]);
});

test('a run of a suite that was deleted meanwhile is none of the suite that has its name now', async () => {
  const { store } = it;
  const remake = () => {
    store.remove('EvalSuite', 'n', 'tickets');
    put({ ...SPEC, assert: [{ type: 'contains', value: 'weather' }] });
  };
  const question = simulator.requests().total;
  const running = pass();
  await eventually('it is asked', () => asked() > question);
  remake();
  await running;
  expect(status()).toEqual({});

  it.faults.arm({ at: 0, when: 'before', code: 'Unavailable' });
  await expect(pass()).rejects.toMatchObject({ code: 'Unavailable' });
  remake();
  const before = asked();
  await pass();
  expect(asked()).toBe(before + CASES.length);
});

test('a release that is not there yet, a suite without cases and one without a schedule', async () => {
  const releases = [{ kind: 'PromptRelease' as const, name: 'nobody' }];
  put({ ...SPEC, schedule: { every: '6h', releases } });
  expect(await pass()).toEqual({ requeueAfterMs: 60_000 });
  put({ live: { share: '1%' }, schedule: SPEC.schedule! });
  await pass();
  expect(drifted()).toMatchObject({ status: 'Unknown', reason: 'NotTold' });
  expect(status().schedules![0]!.message).toMatch(/there is no case/);
  put({ cases: CASES });
  expect(await pass()).toEqual({});
  expect(asked()).toBe(0);
});
