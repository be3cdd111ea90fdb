import { Registry } from 'prom-client';
import { memoryStore } from '../store/memory.ts';
import { scheduleMetrics } from './schedule-metrics.ts';

test('what has drifted is shown after a restart too, and no more once the suite knows nothing of it', async () => {
  const store = memoryStore();
  const suite = store.put({
    kind: 'EvalSuite',
    metadata: { name: 'tickets', namespace: 'n' },
    spec: { cases: [{}] },
  });
  const schedule = {
    kind: 'PromptRelease' as const,
    name: 'triage',
    revision: 'triage-1f72f73e00',
    lastRunAt: '2026-01-05T00:00:00.000Z',
    lastVerdict: 'Fail' as const,
    drifted: true,
    message: 'scored 0',
  };
  const written = await store.writeStatus(suite, { schedules: [schedule] });
  const registry = new Registry();
  scheduleMetrics(registry, store);
  const shown = async () => (await registry.metrics()).split('\n').filter((line) => !line.startsWith('#'));
  expect(await shown()).toContain(
    'sluice_eval_drifted{namespace="n",suite="tickets",kind="PromptRelease",release="triage"} 1',
  );
  await store.writeStatus(written, {});
  expect((await shown()).join('')).not.toContain('sluice_eval_drifted');
});
