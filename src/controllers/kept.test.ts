import { withStable, world } from '../../test/controllers/world.ts';
import { StoreError } from '../store/store.ts';

const refuses = (it: ReturnType<typeof world>) => {
  it.faults.store.keepRevision = async () => {
    throw new StoreError('Conflict', 'ControllerRevision n/triage-1 is there: delete it');
  };
};

test('a revision that cannot be kept is told of in the status, and tried again', async () => {
  const it = world();
  await it.pass().catch(() => {});
  const { keepRevision } = it.faults.store;
  refuses(it);
  it.put('good');
  await expect(it.pass()).rejects.toThrow('delete it');
  expect(it.status()).toMatchObject({
    phase: 'Pending',
    message: 'spec: ControllerRevision n/triage-1 is there: delete it',
  });
  it.faults.store.keepRevision = keepRevision;
  await it.pass();
  expect(it.status().phase).toBe('Healthy');
});

test('a candidate whose successor cannot be kept serves no longer', async () => {
  const { it, good } = await withStable();
  it.put('new');
  await it.seconds(2);
  expect(it.status().traffic).toHaveLength(2);
  refuses(it);
  it.put('newer');
  await expect(it.pass()).rejects.toThrow('delete it');
  expect(it.status().traffic).toEqual([{ revision: good, weight: 100 }]);
});
