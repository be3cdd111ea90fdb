import { judgement, underWay } from '../../test/controllers/planned.ts';

const rollback = { guardrail: 'errors', reason: 'bad', badCalls: 3 };

test('a retry that names no revision is about the one that the spec was put back from', () => {
  const it = underWay({ rollbackMode: 'RevertSpec' });
  it.pass({ evidence: judgement({ rollback }) });
  it.pass({ generation: 3, wanted: { revision: 'r-a' } });
  expect(it.pass({ verbs: { retry: 'true' } }).restoreSpec).toBe('r-b');
  expect(it.status().quarantined).toBeUndefined();
  // The spec was not written: it is asked for again.
  expect(it.pass({ verbs: { retry: 'true' } }).restoreSpec).toBe('r-b');
  expect(it.pass({ generation: 4, wanted: { revision: 'r-b' } }).status.phase).toBe('Progressing');
});

test.each(['promote', 'promote-full'] as const)('a %s that something else comes before says so', (verb) => {
  const newer = underWay();
  newer.pass({ verbs: { [verb]: 'true' }, wanted: { revision: 'r-c' }, generation: 3 });
  expect(newer.status()).toMatchObject({
    candidateRevision: 'r-c',
    lastAction: { result: 'nothing done: the spec does not ask for r-b any more' },
  });

  const failing = underWay();
  failing.pass({ verbs: { [verb]: 'true' }, evidence: judgement({ rollback }) });
  expect(failing.status()).toMatchObject({
    phase: 'RolledBack',
    lastAction: { result: 'nothing done: r-b fails guardrail errors' },
  });
});
