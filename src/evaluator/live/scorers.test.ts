import type { EvalLive, EvalSuiteSpec } from '../../api/eval-suite.ts';
import { silentLog } from '../../lib/log.ts';
import { memoryStore } from '../../store/memory.ts';
import { StoreError } from '../../store/store.ts';
import { scorers } from './scorers.ts';

const SPEC: EvalSuiteSpec = { assert: [{ type: 'is-json' }], live: { share: '10%' } };
const SPENT: EvalLive = { day: '2026-05-01', scored: 7, errors: 0, dropped: 0, costUSD: '3' };

test('a scorer that begins anew goes on from what the one before spent, though that could not be written', async () => {
  const store = memoryStore();
  const put = (spec: EvalSuiteSpec) =>
    store.put({ kind: 'EvalSuite', metadata: { name: 'kind', namespace: 'n' }, spec });
  put(SPEC);
  const begun: (EvalLive | undefined)[] = [];
  const all = scorers({
    store,
    log: silentLog,
    begin({ status }) {
      begun.push(status.live);
      return {
        add: () => {},
        hasRoom: () => true,
        problem: () => undefined,
        shown: () => SPENT,
        stop: async () => {},
      };
    },
  });
  const wanted = new Set(['n/kind']);
  await all.follow(wanted);
  put({ ...SPEC, live: { share: '20%' } });
  store.failNextWrite(new StoreError('Conflict', 'it has changed'));
  await all.follow(wanted);
  expect(begun).toEqual([undefined, SPENT]);

  store.failNextWrite(new StoreError('Conflict', 'it has changed'));
  await all.follow(new Set());
  await all.follow(wanted);
  expect(begun.at(-1)).toEqual(SPENT);
  store.remove('EvalSuite', 'n', 'kind');
  await all.follow(wanted);
  put(SPEC);
  await all.follow(wanted);
  expect(begun.at(-1)).toBeUndefined();
});
