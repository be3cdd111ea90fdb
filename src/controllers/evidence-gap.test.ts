import { allBadBut, withStable } from '../../test/controllers/world.ts';

test('what the others served while one gateway could not be read is judged once that is gone', async () => {
  const { it, good } = await withStable();
  const { source } = it.gateway;
  const read = source.read;
  source.read = async (uids) => [...(await read(uids)), { replica: 'h', startId: 's', releases: [] }];
  it.put('new');
  await it.seconds(10);
  expect(it.status().phase).toBe('Progressing');

  it.gateway.fail(true);
  await it.seconds(8, allBadBut(good));
  expect(it.status().message).toContain('holds without evidence');

  it.gateway.fail(false);
  source.read = read;
  await it.pass();
  expect(it.status()).toMatchObject({ phase: 'RolledBack', rollback: { guardrail: 'errors' } });
});
