import { setTimeout as delay } from 'node:timers/promises';
import { METRICS } from '../../src/api/guardrail.ts';
import { type AuditEvent, auditEvents, isWrite } from '../control-plane/audit-log.ts';
import { type ControlPlane, startControlPlane } from '../control-plane/control-plane.ts';
import { release, type Stage, startStage } from './stage.ts';

const RELEASES = 200;
const REST_MS = 300_000;

let plane: ControlPlane;
let stage: Stage;
beforeAll(async () => {
  plane = await startControlPlane({ auditLog: true });
  await plane.installCRDs();
  stage = await startStage(plane, [{ match: {}, answer: 'Hello' }]);
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await plane?.stop();
});

/** What Sluice wrote since `begun`, but for the leader's heartbeat, which is not about any release. */
async function writesSince(begun: number): Promise<AuditEvent[]> {
  const events = await auditEvents(plane.auditLogPath!);
  return events.filter(
    (event) =>
      isWrite(event) &&
      event.userAgent?.startsWith('sluice') &&
      event.objectRef?.resource !== 'leases' &&
      Date.parse(event.requestReceivedTimestamp) >= begun,
  );
}

test('a rollout in progress writes its status at most twelve times a minute', async () => {
  const rollout = { steps: [{ weight: 50, minDuration: '10m' }] };
  await stage.apply(release('slow', 'good', { rollout }));
  await stage.until('prel', 'slow', ({ status }) => status?.phase === 'Healthy');
  const callers = stage.call('slow', 20);
  await stage.apply(release('slow', 'good two', { rollout }));
  await stage.until('prel', 'slow', ({ status }) => status?.step?.index === 0);
  const begun = Date.now();
  await delay(60_000);
  const writes = await writesSince(begun);
  await callers.stop();
  expect(writes.length).toBeGreaterThan(5);
  expect(writes.length).toBeLessThanOrEqual(12);
  await stage.apply(release('slow', 'good', { rollout }));
  await stage.until('prel', 'slow', ({ status }) => status?.phase === 'Healthy');
}, 150_000);

/** Rollouts with everything on that there is. */
const EVERYTHING = [
  {
    guardrails: [
      ...METRICS.map((metric) => ({ name: metric.toLowerCase(), metric })),
      { name: 'own', prometheus: { bad: 'bad{r="$revision"}', total: 'all{r="$revision"}' } },
      { name: 'own-times', prometheus: { histogram: 'times{r="$revision"}' }, action: 'Notify' },
    ],
    bake: { duration: '1m', holdback: 5 },
    requireProof: true,
    deadline: '1h',
    onInconclusive: 'Rollback',
    stickyBy: { header: 'x-user' },
    retryToken: 'once',
  },
  { strategy: 'ABTest', steps: [{ weight: 50 }], deadline: '1m' },
  { strategy: 'Shadow', steps: [{ weight: 50 }], risk: '1%' },
  { strategy: 'Immediate', rollback: { mode: 'Pin' } },
  { paused: true },
];

/** Releases that are as they are for as long as nobody does anything, though not because all is well. */
async function unwell(): Promise<void> {
  await stage.apply(
    release('broken', 'Hello {{nmae}}'),
    release('lost', 'x', { spec: { routeRef: { name: 'no' } } }),
  );
  for (const name of ['broken', 'lost'])
    await stage.until('prel', name, ({ status }) => status?.phase === 'Invalid');
  await stage.apply(release('taken-back', 'good'));
  await stage.until('prel', 'taken-back', ({ status }) => status?.phase === 'Healthy');
  await stage.apply(release('taken-back', 'good two'));
  await stage.until('prel', 'taken-back', ({ status }) => status?.candidateRevision !== undefined);
  await stage.kubectl('annotate', 'prel', 'taken-back', 'sluice.dev/abort=true');
  await stage.until('prel', 'taken-back', ({ status }) => status?.rollback?.servedAt !== undefined);
}

test(`${RELEASES} releases at rest with everything on: nothing is written in five minutes`, async () => {
  const names = Array.from({ length: RELEASES }, (_, n) => `rest-${n}`);
  const items = names.map((name, n) => {
    return release(name, `good ${name}`, { rollout: EVERYTHING[n % EVERYTHING.length]! });
  });
  await stage.apply({ apiVersion: 'v1', kind: 'List', items });
  for (const name of names) await stage.until('prel', name, ({ status }) => status?.phase === 'Healthy');
  await unwell();
  expect((await writesSince(0)).length).toBeGreaterThan(RELEASES);
  // Events are written a little after what they tell of.
  await delay(5_000);
  const begun = Date.now();
  await delay(REST_MS);
  expect(await writesSince(begun)).toEqual([]);
}, 600_000);
