import type { ReleaseStatus } from '../api/status.ts';
import { memoryStore } from '../store/memory.ts';
import { exitCodeOf, hasEnded } from './exit-code.ts';
import { find, parseWanted } from './find.ts';
import { NothingDone, type Place, type Release } from './place.ts';
import { ask, candidateOf, revisionBefore, revisionToRetry, setPaused } from './verbs.ts';

/** A place in memory, and what was asked of it. `react` is what the operator would do. */
function place(react: (asked: Record<string, string>, release: Release) => ReleaseStatus | undefined) {
  const store = memoryStore();
  const asked: Record<string, string>[] = [];
  const get = async (kind: 'PromptRelease' | 'ModelRoute', namespace: string, name: string) => {
    const release = store.get(kind, namespace, name) as Release | undefined;
    return release && { release, raw: release };
  };
  const it: Place = {
    namespace: 'default',
    idle: () => undefined,
    command: (verb) => verb,
    get,
    list: async () => [],
    revisions: async () => [],
    async annotate(release, annotations) {
      asked.push(annotations);
      const status = react(annotations, release);
      if (status)
        await store.writeStatus((await get(release.kind, 'default', release.metadata.name))!.release, status);
    },
    setPaused: async () => {},
    who: async () => 'jane',
    close: async () => {},
  };
  const release = async (status: ReleaseStatus): Promise<Release> => {
    const spec = { routeRef: { name: 'fast' }, prompt: { messages: [] } };
    const resource = store.put({ kind: 'PromptRelease', metadata: { name: 'triage' }, spec });
    return (await store.writeStatus(resource, status)) as Release;
  };
  return { it, asked, release, store };
}

const acted = (result: string, at = 'now') => ({
  lastAction: { verb: 'promote', value: 'r-b', at, result, cleared: false },
});
const promote = { verb: 'promote', revision: 'r-b', waitMs: 2_000 } as const;

describe('asking', () => {
  test('names the revision, who and why, and tells what came of it', async () => {
    const { it, asked, release } = place(() => acted('r-b goes to the next step'));
    const result = await ask(it, await release({}), { ...promote, reason: 'looks good' });
    expect(result).toBe('r-b goes to the next step');
    expect(asked).toEqual([
      { 'sluice.dev/promote': 'r-b', 'sluice.dev/by': 'jane', 'sluice.dev/reason': 'looks good' },
    ]);
  });

  test('waits until the verb before it was seen gone: the same one again would pass for it', async () => {
    const { it, asked, release, store } = place(() => acted('second', 'later'));
    const resource = await release(acted('first'));
    const asking = ask(it, resource, promote);
    await it.get('PromptRelease', 'default', 'triage');
    expect(asked).toEqual([]);
    await store.writeStatus(resource, { lastAction: { ...acted('first').lastAction, cleared: true } });
    expect(await asking).toBe('second');
  });

  test.each([
    ['nothing done: the candidate is r-c', () => acted('nothing done: the candidate is r-c')],
    ['nobody has acted on it yet', () => undefined],
  ])('%s is no success', async (message, react) => {
    const { it, release } = place(react);
    const asking = ask(it, await release({}), { ...promote, waitMs: 400 });
    await expect(asking).rejects.toThrow(NothingDone);
    await expect(asking).rejects.toThrow(message);
  });

  test('without waiting it is only asked for', async () => {
    const { it, asked, release } = place(() => undefined);
    expect(await ask(it, await release({}), { ...promote, waitMs: 0 })).toBe('promote of r-b is asked for');
    expect(asked).toHaveLength(1);
  });

  test('of an object that went and came back, nothing is asked', async () => {
    const { it, asked, release, store } = place(() => acted('done'));
    const gone = await release({});
    store.remove('PromptRelease', 'default', 'triage');
    await release({});
    await expect(ask(it, gone, promote)).rejects.toThrow('PromptRelease default/triage is gone');
    expect(asked).toEqual([]);
  });
});

describe('which revision', () => {
  const over = { startedAt: 'a', finishedAt: 'b' };
  const promoted = (revision: string) => ({ revision, outcome: 'Promoted' as const, ...over });
  const of = async (status: ReleaseStatus) => place(() => undefined).release(status);

  test('rollback goes to what was promoted before the one that serves', async () => {
    const history = [
      { revision: 'r-d', outcome: 'RolledBack' as const, ...over },
      promoted('r-c'),
      promoted('r-b'),
      promoted('r-a'),
    ];
    expect(revisionBefore(await of({ stableRevision: 'r-c', history }))).toBe('r-b');
    // Once rolled back to r-b, the one before is r-a, not r-c.
    expect(revisionBefore(await of({ stableRevision: 'r-b', history }))).toBe('r-a');
    const first = await of({ stableRevision: 'r-a', history });
    expect(() => revisionBefore(first)).toThrow('name one with --to REV');
    const unseen = await of({});
    expect(() => revisionBefore(unseen)).toThrow(
      'nothing done: no revision of PromptRelease default/triage serves yet',
    );
  });

  test('retry lets in what was taken back last', async () => {
    const quarantined = ['r-c', 'r-b'].map((revision) => ({ revision, reason: '', at: '' }));
    expect(revisionToRetry(await of({ quarantined }))).toBe('r-c');
    const rollback = { from: 'r-b', to: 'r-a', reason: '', detectedAt: '', undo: '' };
    expect(revisionToRetry(await of({ quarantined, rollback }))).toBe('r-b');
    const none = await of({ rollback });
    expect(() => revisionToRetry(none)).toThrow('is kept out');
  });

  test('promote and abort are about the candidate', async () => {
    expect(candidateOf(await of({ candidateRevision: 'r-b' }))).toBe('r-b');
    const none = await of({});
    expect(() => candidateOf(none)).toThrow('no rollout of PromptRelease default/triage is under way');
  });
});

test('what is paused already is not paused', async () => {
  const { it, release } = place(() => undefined);
  await expect(setPaused(it, await release({}), false, 0)).rejects.toThrow('it is not paused');
});

test.each([
  ['triage', { kinds: ['PromptRelease', 'ModelRoute'], name: 'triage' }],
  ['prel/triage', { kinds: ['PromptRelease'], name: 'triage' }],
  ['modelroutes.sluice.dev/fast', { kinds: ['ModelRoute'], name: 'fast' }],
])('%s is understood', (text, wanted) => {
  expect(parseWanted(text)).toEqual(wanted);
});

test.each(['', 'pod/x', 'prel/', 'a/b/c', 'Triage', 'prel/../x'])('"%s" is no name', (text) => {
  expect(() => parseWanted(text)).toThrow(RangeError);
});

test('a name alone is a PromptRelease, else a ModelRoute', async () => {
  const { it, release, store } = place(() => undefined);
  store.put({ kind: 'ModelRoute', metadata: { name: 'triage' }, spec: { backends: [] } });
  expect((await find(it, parseWanted('triage'))).release.kind).toBe('ModelRoute');
  await release({});
  expect((await find(it, parseWanted('triage'))).release.kind).toBe('PromptRelease');
  await expect(find(it, parseWanted('mroute/x'))).rejects.toThrow('no ModelRoute default/x');
});

test.each([
  ['Healthy', 0, true],
  ['Progressing', 0, false],
  ['Baking', 0, false],
  ['Pending', 0, false],
  ['RolledBack', 3, true],
  ['Paused', 4, true],
  ['Invalid', 1, true],
] as const)('%s has exit code %i', async (phase, code, ended) => {
  const release = await place(() => undefined).release({ phase, observedGeneration: 1 });
  expect(exitCodeOf(release)).toBe(code);
  expect(hasEnded(release)).toBe(ended);
  expect(hasEnded({ ...release, metadata: { ...release.metadata, generation: 2 } })).toBe(false);
});
