import { gatewayMetrics } from './metrics.ts';
import type { CallRecord } from './record.ts';
import type { RouteEntry, Table } from './table.ts';

const entry = (name: string, revision: string): RouteEntry => ({
  kind: 'ModelRoute',
  namespace: 'n',
  name,
  uid: name,
  attempt: 1,
  epoch: 1,
  weight: 0,
  stable: { revision, backends: [] },
  rescue: true,
});
const tableOf = (...entries: RouteEntry[]): Table => ({
  find: () => undefined,
  models: () => [],
  entries: new Map(entries.map((each) => [each.uid, each])),
});
const call = (served: RouteEntry, over: Partial<CallRecord> = {}): CallRecord => ({
  id: 'c',
  at: new Date(0),
  entry: served,
  revision: served.stable.revision,
  arm: 'stable',
  route: { name: served.name, revision: served.stable.revision },
  parameters: {},
  operation: 'chat',
  messages: [],
  stream: true,
  status: 200,
  outcome: 'success',
  answer: {
    outcome: 'success',
    usage: { inputTokens: 2, outputTokens: 3 },
    toolCalls: 0,
    schemaChecked: false,
  },
  latencyMs: 70,
  firstTokenMs: 20,
  fallback: true,
  degraded: false,
  ...over,
});

test('series of revisions that serve no more are removed, later', async () => {
  let now = 0;
  const metrics = gatewayMetrics(() => 0, { keptMs: 100, now: () => now });
  const [old, next, other] = [entry('a', 'a-1'), entry('a', 'a-2'), entry('b', 'b-1')];
  metrics.swapped(tableOf(old, other));
  for (const each of [old, other]) {
    metrics.began();
    metrics.ended(call(each, { rescued: { revision: each.stable.revision, outcome: 'timeout' } }));
    const { kind, namespace, name: release } = each;
    metrics.copied(call(each, { arm: 'shadow', outcome: 'timeout' }));
    for (const over of [{ cost: 25 }, { unpriced: 'usage' }, { unpriced: 'price' }] as const)
      metrics.ended(call(each, over));
    metrics.skipped({ kind, namespace, release, revision: each.stable.revision });
    const labels = { kind, namespace, release, revision: each.stable.revision };
    metrics.found(labels, 'Count', new Map([['CUSTOMER_ID', 2]]));
    metrics.feedback(
      { kind, namespace, release, revision: each.stable.revision },
      { thumb: 'down', score: 0 },
    );
  }
  metrics.swapped(tableOf(next, other));
  now = 99;
  expect((await metrics.text()).text).toContain('revision="a-1"');
  now = 150;
  const { text } = await metrics.text();
  expect(text).not.toContain('a-1');
  expect(text).toMatch(/sluice_gateway_calls_total\{.*revision="b-1",outcome="success"\} 4/);
  expect(text).toMatch(/sluice_gateway_cost_usd_total\{.*revision="b-1"\} 0.000025/);
  for (const reason of ['usage', 'price']) expect(text).toContain(`revision="b-1",reason="${reason}"} 1`);
  expect(text).toMatch(/sluice_gateway_shadow_copies_total\{.*revision="b-1",outcome="timeout"\} 1/);
  expect(text).toMatch(/sluice_gateway_shadow_skipped_total\{.*revision="b-1"\} 1/);
  expect(text).toMatch(/sluice_gateway_private_total\{.*"b-1",found="CUSTOMER_ID",action="Count"\} 2/);
  expect(text).toMatch(/sluice_gateway_feedback_total\{.*revision="b-1",feedback="thumb_down"\} 1/);
});

test('a revision that still answers keeps its series', async () => {
  let now = 0;
  const metrics = gatewayMetrics(() => 0, { keptMs: 100, now: () => now });
  const gone = entry('a', 'a-1');
  metrics.swapped(tableOf());
  metrics.ended(call(gone));
  now = 90;
  metrics.ended(call(gone));
  now = 150;
  expect((await metrics.text()).text).toMatch(/sluice_gateway_calls_total\{.*revision="a-1".*\} 2/);
});
