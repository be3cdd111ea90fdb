import { world } from '../../test/controllers/world.ts';

/** The world begins on 1 January 2026. */
const RETIRES = { models: [{ name: 'm', retiresOn: '2026-03-01' }, { name: 'never' }] };

function stage(model = 'm') {
  const it = world();
  it.putProvider(RETIRES);
  it.putRoute(model);
  it.put('good');
  const retiring = (status: { conditions?: { type: string }[] | undefined } | undefined) =>
    status?.conditions?.find(({ type }) => type === 'Retiring');
  const all = () => ({
    provider: retiring(it.store.get('ModelProvider', 'n', 'sim')?.status),
    route: retiring(it.routeStatus()),
  });
  const events = () =>
    it.store.events
      .filter(({ reason }) => reason === 'RetiresSoon' || reason === 'Retired')
      .map(({ kind, reason }) => `${kind} ${reason}`);
  return { it, all, events };
}

test('a retirement is told of 30 days ahead, and once it is there, each once', async () => {
  const { it, all, events } = stage();
  await it.pass();
  it.days(28);
  await it.pass();
  expect(all()).toEqual({ provider: undefined, route: undefined });
  it.days(1);
  await it.pass();
  expect(all()).toMatchObject({
    provider: { status: 'True', reason: 'RetiresSoon', message: 'model m retires on 2026-03-01' },
    route: {
      reason: 'RetiresSoon',
      message:
        'backend one: ModelProvider sim retires model m on 2026-03-01; ask for another in spec.backends',
    },
  });
  it.days(29);
  await it.pass();
  expect(events()).toEqual(['ModelProvider RetiresSoon', 'ModelRoute RetiresSoon']);
  it.days(1);
  await it.pass();
  await it.pass();
  expect(all()).toMatchObject({ provider: { reason: 'Retired' }, route: { reason: 'Retired' } });
  expect(events()).toEqual([
    'ModelProvider RetiresSoon',
    'ModelRoute RetiresSoon',
    'ModelProvider Retired',
    'ModelRoute Retired',
  ]);
  expect(it.routeStatus().phase).toBe('Healthy');
});

test('what serves still is told of until another has been rolled out', async () => {
  const { it, all } = stage();
  it.days(40);
  await it.pass();
  it.putRoute('never');
  await it.pass();
  expect(it.routeStatus().phase).toBe('Progressing');
  expect(all().route).toBeDefined();
  await it.seconds(90);
  expect(it.routeStatus().phase).toBe('Healthy');
  expect(all().route).toBeUndefined();
});

test('a route that asks for other models is told nothing', async () => {
  const { it, all } = stage('never');
  it.days(70);
  await it.pass();
  expect(all()).toMatchObject({ provider: { reason: 'Retired' }, route: undefined });
});
