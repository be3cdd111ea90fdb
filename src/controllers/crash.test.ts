import type { Fault } from '../../test/controllers/faulty-store.ts';
import type { Bad } from '../../test/controllers/gateway.ts';
import { ROLLOUT, type World, withStable } from '../../test/controllers/world.ts';

interface Story {
  /** What happens before writes begin to fail. */
  before?: (it: World, bad: Bad) => Promise<void>;
  /** What sets the story off. */
  begin: (it: World) => void;
  seconds: number;
  /** How bad the candidate's answers are. */
  bad: number;
  /** Where it must come to, whatever fails. */
  end: object;
}

const RETRY = 'sluice.dev/retry';
const rolledBack = async (it: World, bad: Bad) => {
  it.put('new');
  await it.seconds(10, bad);
};

const STORIES: Record<string, Story> = {
  'a regression is taken back and the spec put back': {
    begin: (it) => it.put('new'),
    seconds: 30,
    bad: 0.6,
    end: {
      phase: 'RolledBack',
      serves: 'good',
      content: 'good',
      history: ['RolledBack', 'Promoted'],
      attempt: 2,
    },
  },
  'a regression is taken back where the spec is pinned': {
    begin: (it) => it.put('new', { rollout: { ...ROLLOUT, rollback: { mode: 'Pin' } } }),
    seconds: 30,
    bad: 0.6,
    end: {
      phase: 'RolledBack',
      serves: 'good',
      content: 'new',
      history: ['RolledBack', 'Promoted'],
      attempt: 2,
    },
  },
  'a good release is promoted': {
    begin: (it) => it.put('new'),
    seconds: 75,
    bad: 0,
    end: { phase: 'Healthy', serves: 'new', content: 'new', history: ['Promoted', 'Promoted'], attempt: 2 },
  },
  'an abort takes back once and puts the spec back': {
    before: async (it) => {
      it.put('new');
      await it.seconds(2);
    },
    begin: (it) => it.annotate({ 'sluice.dev/abort': 'true', 'sluice.dev/promote': 'true' }),
    seconds: 10,
    bad: 0,
    end: {
      phase: 'RolledBack',
      serves: 'good',
      content: 'good',
      history: ['Aborted', 'Promoted'],
      verbs: [],
    },
  },
  'a retry after a revert puts the spec to it again': {
    before: rolledBack,
    begin: (it) => it.annotate({ [RETRY]: it.status().rollback!.from }),
    seconds: 5,
    bad: 0,
    end: { phase: 'Progressing', serves: 'good', content: 'new', quarantined: 0, attempt: 3, verbs: [] },
  },
};

/** Plays a story to its end; at most one write fails, and `restart` tells whether its process dies of it. */
async function play(story: Story, fault?: Fault, restart = false) {
  const { it, good } = await withStable();
  let badNow = 0.6;
  const bad: Bad = (revision) => (revision === good ? 0 : badNow);
  await story.before?.(it, bad);
  badNow = story.bad;
  story.begin(it);
  it.store.events.length = 0;
  it.faults.arm(fault);
  let died = false;
  for (let n = 0; n < story.seconds; n++) {
    await it.seconds(1, bad).catch((error: unknown) => {
      if (!it.faults.struck() || died) throw error;
      died = true;
      if (restart) it.restart();
    });
  }
  const status = it.status();
  const { metadata } = it.store.get('PromptRelease', 'n', 'triage')!;
  return {
    writes: it.faults.asked(),
    died,
    events: it.store.events.map(({ reason }) => reason),
    end: {
      phase: status.phase,
      serves: status.stableRevision === good ? 'good' : 'new',
      content: it.content(),
      quarantined: status.quarantined?.length ?? 0,
      history: status.history?.map(({ outcome }) => outcome),
      attempt: status.attempt,
      verbs: Object.keys(metadata.annotations),
    },
  };
}

const KINDS: [name: string, when: Fault['when'], code: Fault['code'], restart: boolean][] = [
  ['a write that never arrives', 'before', 'Unavailable', false],
  ['a write that never arrives, and the process dies', 'before', 'Unavailable', true],
  ['a write whose answer is lost', 'after', 'Unavailable', false],
  ['a write after which the process dies', 'after', 'Unavailable', true],
  ['a conflict', 'before', 'Conflict', false],
];

describe.each(Object.entries(STORIES))('%s', (_name, story) => {
  test('when nothing fails', async () => {
    expect((await play(story)).end).toMatchObject(story.end);
  });

  test.each(KINDS)('%s, at any write', async (_kind, when, code, restart) => {
    const whole = await play(story);
    expect(whole.writes.length).toBeGreaterThan(0);
    for (let at = 0; at < whole.writes.length; at++) {
      const hurt = await play(story, { at, when, code }, restart);
      expect({ at, write: whole.writes[at], died: hurt.died, end: hurt.end }).toEqual({
        at,
        write: whole.writes[at],
        died: true,
        end: whole.end,
      });
      const rollbacks = hurt.events.filter((reason) => reason === 'RolledBack').length;
      expect(rollbacks).toBeLessThanOrEqual(1);
    }
  });
});
