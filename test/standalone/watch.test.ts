import { readFile, writeFile } from 'node:fs/promises';
import { dump, load } from 'js-yaml';
import type { EvalSuiteSpec, EvalSuiteStatus } from '../../src/api/eval-suite.ts';
import { eventually } from '../eventually.ts';
import { type Callers, startCallers } from '../processes/callers.ts';
import { type Stage, startStage } from './stage.ts';

const QUESTIONS = [
  'Where is my parcel?',
  'I was charged twice for the order that I made last week. What can you do about it?',
  'Please cancel my order.',
  'How do I send back the shoes that you sent me? They are too small, and I have worn them once.',
  'Das ist ein Test, und ich weiß nicht, wo er ist.',
];

let stage: Stage;
let callers: Callers | undefined;
beforeEach(async () => {
  stage = await startStage([{ match: {}, answer: 'Thank you for asking.' }], { steps: [{ weight: 100 }] });
});
afterEach(async () => {
  await callers?.stop();
  await stage.stop();
});

async function status(): Promise<EvalSuiteStatus> {
  const file = stage.path('state', 'status', 'default', 'EvalSuite', 'tickets.yaml');
  const text = await readFile(file, 'utf8').catch(() => '{}');
  return (load(text) as { status?: EvalSuiteStatus }).status ?? {};
}

async function until(what: string, holds: (status: EvalSuiteStatus) => boolean): Promise<EvalSuiteStatus> {
  let last: EvalSuiteStatus = {};
  return eventually(
    () => `${what}: ${JSON.stringify(last, null, 1)}\n${stage.sluice().output().slice(-1_000)}`,
    async () => {
      last = await status();
      return holds(last) ? last : undefined;
    },
    45_000,
    200,
  );
}

const isShifted = ({ conditions = [] }: EvalSuiteStatus, wanted: string) =>
  conditions.some(({ type, status: is }) => type === wanted && is === 'True');

async function events(): Promise<{ kind: string; reason: string; message: string }[]> {
  const text = await readFile(stage.path('state', 'events.jsonl'), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .filter(({ reason }) => reason.endsWith('Shifted'));
}

/** The nth question, from no pattern that a window could catch a part of. */
const usual = (n: number) => QUESTIONS[Math.imul(n, 0x9e3779b1) >>> 0 < 0x20000000 ? 4 : n % 4]!;

test('callers that ask alike are no shift, and callers who begin to ask in another language are', async () => {
  const spec: EvalSuiteSpec = {
    cases: [{ name: 'one', messages: [{ role: 'user', content: 'Hello' }] }],
    schedule: {
      every: '24h',
      releases: [{ kind: 'PromptRelease', name: 'triage' }],
      watch: { share: '100%', window: '1s' },
    },
  };
  const object = {
    apiVersion: 'sluice.dev/v1alpha1',
    kind: 'EvalSuite',
    metadata: { name: 'tickets' },
    spec,
  };
  await writeFile(stage.path('manifests', 'suite.yaml'), dump(object));
  let changed = false;
  callers = startCallers(stage.url(), 'triage', 80, undefined, (n) => (changed ? QUESTIONS[4]! : usual(n)));

  // Two windows at least that are compared with the first.
  const { watched: first } = await until(
    'one window is compared',
    ({ watched }) => watched?.[0]?.comparedAt !== undefined,
  );
  const alike = await until(
    'another one is',
    ({ watched }) => (watched?.[0]?.comparedAt ?? '') > first![0]!.comparedAt!,
  );
  expect(alike.conditions?.find(({ type }) => type === 'InputsShifted')).toMatchObject({
    status: 'False',
    reason: 'InputsAlike',
  });
  expect(isShifted(alike, 'OutputsShifted')).toBe(false);
  expect(await events()).toEqual([]);

  changed = true;
  const shifted = await until('the shift is seen', (now) => isShifted(now, 'InputsShifted'));
  expect(shifted.watched![0]!.shifts!.inputs).toMatch(/languages de [\d.]+%.*then \(stability index /);
  expect(isShifted(shifted, 'OutputsShifted')).toBe(false);
  expect(isShifted(shifted, 'Drifted')).toBe(false);
  const kinds = await eventually('the Events', async () => {
    const noted = await events();
    return noted.length === 2 ? noted.map(({ kind, reason }) => `${kind} ${reason}`) : undefined;
  });
  expect(kinds).toEqual(['EvalSuite InputsShifted', 'PromptRelease InputsShifted']);
  expect(JSON.stringify(shifted.watched)).not.toMatch(/parcel|Test/);
}, 120_000);
