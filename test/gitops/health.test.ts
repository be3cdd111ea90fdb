import { type Stage, startStage } from '../cluster/stage.ts';
import { sharedControlPlane } from '../control-plane/shared.ts';
import { type Health, healthOf, offered } from './argocd.ts';
import { fluxStatusOf, kstatusOf } from './flux.ts';
import { judgeProgram } from './judge.ts';
import { everyPhase, forgetPolicy, RULES } from './phases.ts';

let stage: Stage;
let objects: Map<string, object>;
beforeAll(() => judgeProgram(), 600_000);
beforeAll(async () => {
  stage = await startStage(await sharedControlPlane(), RULES);
  objects = await everyPhase(stage);
}, 300_000);
afterAll(async () => {
  if (stage === undefined) return;
  await forgetPolicy(stage);
  await stage.stop();
}, 60_000);

/** What each of them is to Argo CD, to Flux, and to those who wait for `Ready` and for `Stalled`. */
const EXPECTED: [name: string, argo: string, flux: string, ready: boolean, stalled: boolean][] = [
  ['prel/new', 'Progressing', 'Unknown', false, false],
  ['prel/pending', 'Progressing', 'InProgress', false, false],
  ['prel/progressing', 'Progressing', 'InProgress', false, false],
  ['prel/paused', 'Suspended', 'InProgress', false, false],
  ['prel/baking', 'Progressing', 'InProgress', false, false],
  ['prel/healthy', 'Healthy', 'Current', true, false],
  ['prel/behind', 'Progressing', 'InProgress', false, false],
  ['prel/pinned', 'Degraded', 'Failed', false, true],
  ['prel/reverted', 'Degraded', 'Failed', false, true],
  ['prel/quarantined', 'Degraded', 'Failed', false, true],
  ['prel/invalid', 'Degraded', 'Failed', false, true],
  ['mroute/fast', 'Healthy', 'Current', true, false],
  ['mroute/waiting', 'Progressing', 'InProgress', false, false],
  ['mroute/taken', 'Degraded', 'Failed', false, true],
  ['mprov/sim', 'Healthy', 'Current', true, false],
  ['mprov/keyless', 'Degraded', 'Failed', false, true],
  ['mprov/mute', 'Progressing', 'Unknown', false, false],
];

test('nothing was left out', () => {
  expect([...objects.keys()].toSorted()).toEqual(EXPECTED.map(([name]) => name).toSorted());
});

test('Argo CD says of every phase what it is, with the message of the status', async () => {
  const told = (await healthOf(EXPECTED.map(([name]) => objects.get(name)!))) as Health[];
  expect(told.map(({ status }, n) => [EXPECTED[n]?.[0], status])).toEqual(
    EXPECTED.map(([name, argo]) => [name, argo]),
  );
  for (const [n, { message }] of told.entries()) {
    const name = EXPECTED[n]![0];
    const { status } = objects.get(name) as { status?: { message: string } };
    if (name === 'prel/behind') expect(message).toContain('has not looked at this spec yet');
    else expect([name, message]).toEqual([name, status?.message ?? 'Sluice has not looked at it yet']);
  }
});

test('Flux takes nothing for done that is not, and nothing for failed that goes on', async () => {
  const told = await fluxStatusOf(EXPECTED.map(([name]) => objects.get(name)!));
  expect(told.map((status, n) => [EXPECTED[n]?.[0], status])).toEqual(
    EXPECTED.map(([name, , flux]) => [name, flux]),
  );
});

test('kstatus says the same, but that it takes what has no status for ready', async () => {
  const told = await kstatusOf(EXPECTED.map(([name]) => objects.get(name)!));
  expect(told.map((status, n) => [EXPECTED[n]?.[0], status])).toEqual(
    EXPECTED.map(([name, , flux]) => [name, flux === 'Unknown' ? 'Current' : flux]),
  );
});

test('kubectl wait for Ready and for Stalled comes out right', async () => {
  const waited: unknown[] = [];
  for (const [name] of EXPECTED) {
    const wait = (condition: string) =>
      stage.cluster.kubectl([
        '-n',
        stage.namespace,
        'wait',
        `--for=condition=${condition}`,
        name,
        '--timeout=0',
      ]);
    const [ready, stalled] = await Promise.all([wait('Ready'), wait('Stalled')]);
    waited.push([name, ready.code === 0, stalled.code === 0]);
  }
  expect(waited).toEqual(EXPECTED.map(([name, , , ready, stalled]) => [name, ready, stalled]));
});

test('Reconciling and Stalled are never both True, and every condition says of which generation it is', () => {
  for (const object of objects.values()) {
    const { status } = object as {
      status?: {
        observedGeneration: number;
        conditions: { type: string; status: string; observedGeneration: number }[];
      };
    };
    if (status === undefined) continue;
    const holds = status.conditions.filter((each) => each.status === 'True').map(({ type }) => type);
    expect(holds).not.toEqual(expect.arrayContaining(['Reconciling', 'Stalled']));
    for (const each of status.conditions) expect(each.observedGeneration).toBe(status.observedGeneration);
  }
});

test('Argo CD offers what makes sense now', async () => {
  const underWay = ['abort', 'promote', 'promote-full'];
  const expected: Record<string, string[]> = {
    'prel/new': [],
    'prel/pending': [],
    'prel/healthy': [],
    'prel/progressing': underWay,
    'prel/paused': underWay,
    'prel/baking': underWay,
    'prel/pinned': ['retry'],
    'prel/quarantined': ['retry'],
    'mroute/taken': ['retry'],
    'prel/invalid': [],
  };
  const told = await offered(Object.keys(expected).map((name) => objects.get(name)!));
  expect(Object.fromEntries(Object.keys(expected).map((name, n) => [name, told[n]?.toSorted()]))).toEqual(
    expected,
  );
});

const ODD = [
  {},
  [],
  'x',
  7,
  null,
  { phase: 7 },
  { phase: {} },
  { phase: 'Nonsense', observedGeneration: 1 },
  { phase: 'RolledBack', rollback: 'x', quarantined: 'x', history: 7, message: {}, observedGeneration: 1 },
  { phase: 'Evaluating', observedGeneration: 1, history: [null, 7, {}], quarantined: ['x', {}] },
  { conditions: 'x', observedGeneration: 1 },
  { conditions: ['x', {}, { type: 'Other' }], observedGeneration: 1 },
];

test.each(['PromptRelease', 'ModelRoute', 'ModelProvider'])(
  'an odd status of a %s is no error to Argo CD, and never Healthy nor Current',
  async (kind) => {
    const odd = ODD.map((status) => ({ kind, metadata: { name: 'odd', generation: 1 }, status }));
    for (const each of await healthOf(odd)) {
      expect(each).toEqual({
        status: expect.stringMatching(/^(Progressing|Degraded)$/),
        message: expect.any(String),
      });
    }
    expect(await fluxStatusOf(odd)).not.toContain('Current');
    if (kind !== 'ModelProvider') await expect(offered(odd)).resolves.toHaveLength(odd.length);
  },
);

test('an EvalSuite is Healthy unless it cannot be asked, whatever its status', async () => {
  const suite = (status?: unknown) => ({
    kind: 'EvalSuite',
    metadata: { name: 'tickets', generation: 2 },
    status,
  });
  const unready = { type: 'Ready', status: 'False', message: 'ConfigMap cases is missing' };
  const failed = { message: 'a candidate was worse', runs: [{ verdict: 'Fail' }], observedGeneration: 1 };
  expect(await healthOf([suite({ conditions: [unready] }), suite(failed), suite()])).toEqual([
    { status: 'Degraded', message: 'ConfigMap cases is missing' },
    { status: 'Healthy', message: 'a candidate was worse' },
    { status: 'Healthy', message: 'nothing has asked for it yet' },
  ]);
  const told = await healthOf(ODD.map((status) => suite(status)));
  for (const each of told) expect(each).toEqual({ status: 'Healthy', message: expect.any(String) });
});
