import { judgement, STEPS, underWay, weights } from '../../test/controllers/planned.ts';
import type { Rollout } from '../api/rollout.ts';
import { settingsOf } from './settings.ts';

const THREE = [...STEPS, { weight: 80, minDuration: '10s', minCalls: 5 }];
const hour = 3_600_000;

const begun = (rollout: Rollout) => underWay({ settings: settingsOf(rollout) });

describe('a pause before the first weight', () => {
  const nobody = judgement({ stepCalls: 0 });

  test('waits for a promote while the candidate serves nobody, then goes on with the first weight', () => {
    const it = begun({ steps: [{ pause: {} }, ...STEPS] });
    it.pass({ evidence: nobody });
    expect(it.status()).toMatchObject({ phase: 'Paused', step: { index: 0, weight: 0 } });
    expect(it.status().message).toContain('waits for a promote');
    expect(weights(it.status())).toEqual(['r-a 100']);
    it.pass({ evidence: nobody, verbs: { promote: 'r-b' } });
    expect(weights(it.status())).toEqual(['r-a 95', 'r-b 5']);
  });

  test('ends with its duration, though nothing was measured of the candidate', () => {
    const it = begun({ steps: [{ pause: { duration: '10s' } }, ...STEPS] });
    it.pass({ evidence: judgement({ stepCalls: 0, blind: 'carts' }) }, 9_000);
    expect(weights(it.status())).toEqual(['r-a 100']);
    it.pass({ evidence: judgement({ stepCalls: 0, blind: 'carts' }) }, 1_000);
    expect(weights(it.status())).toEqual(['r-a 95', 'r-b 5']);
  });

  test('promotes nothing at the deadline: nothing is known', () => {
    const it = begun({ steps: [{ pause: {} }, ...STEPS], deadline: '1h', onInconclusive: 'Promote' });
    it.pass({ evidence: nobody }, hour);
    expect(it.status()).toMatchObject({ phase: 'Paused', stableRevision: 'r-a' });
  });

  test('of a shadow is no end of it', () => {
    const it = begun({ strategy: 'Shadow', steps: [{ pause: {} }, ...STEPS] });
    it.pass({ evidence: nobody, verbs: { promote: 'r-b' } });
    expect(it.status()).toMatchObject({ stableRevision: 'r-a', shadow: { revision: 'r-b', weight: 5 } });
  });
});

test('a pause before the first weight of a shadow waits on after the deadline, and nothing ends', () => {
  const it = begun({ strategy: 'Shadow', deadline: '1h', steps: [{ pause: {} }, ...STEPS] });
  for (let look = 0; look < 2; look++) {
    const { events } = it.pass({ evidence: judgement({ stepCalls: 0 }) }, hour);
    expect(events).toEqual([]);
    expect(it.status().message).toContain('the deadline of 1h has passed; promote or abort');
  }
});

test('a shadow that has ended serves nobody because its strategy is changed', () => {
  const it = begun({ strategy: 'Shadow', deadline: '1h', steps: STEPS });
  it.pass({ evidence: judgement() }, hour);
  it.pass({ settings: settingsOf({ deadline: '1h', steps: STEPS }) });
  expect(weights(it.status())).toEqual(['r-a 100']);
  expect(it.status().phase).toBe('Paused');
});

test.each([
  ['without proof', { requireProof: true }, {}],
  ['in doubt', {}, { hold: 'errors' }],
])('a step that leaves stable no calls says %s that none will come of waiting', (_, rollout, found) => {
  const settings = settingsOf({ ...rollout, steps: [{ weight: 100, minDuration: '10s', minCalls: 5 }] });
  const it = underWay({ settings });
  it.pass({ evidence: judgement(found) }, hour);
  expect(it.status().message).toMatch(
    /; stable serves no calls to compare with: lower the weight of the step, or promote$/,
  );
  const copying = underWay({ settings: { ...settings, strategy: 'Shadow' } });
  copying.pass({ evidence: judgement(found) }, hour);
  expect(copying.status().message).not.toContain('stable serves no calls');
});

describe('steps that are taken away under way', () => {
  const atThird = (rollout: Rollout) => {
    const it = begun({ ...rollout, steps: THREE });
    for (let step = 0; step < 2; step++) it.pass({ evidence: judgement() }, 10_000);
    expect(it.status().step?.index).toBe(2);
    it.pass({ evidence: judgement(), settings: settingsOf({ ...rollout, steps: [STEPS[0]!] }) }, hour);
    return it.status();
  };

  test('leave out no proof that is asked for', () => {
    expect(atThird({ requireProof: true })).toMatchObject({ phase: 'Progressing', stableRevision: 'r-a' });
  });

  test('have no shadow serve', () => {
    const status = atThird({ strategy: 'Shadow' });
    expect(status).toMatchObject({ phase: 'Paused', stableRevision: 'r-a' });
    expect(weights(status)).toEqual(['r-a 100']);
  });
});

describe('what the spec now says of the step under way applies at once', () => {
  test('its weight', () => {
    const it = begun({ steps: STEPS });
    it.pass({ evidence: judgement() }, 10_000);
    expect(weights(it.status())).toEqual(['r-a 50', 'r-b 50']);
    it.pass({ evidence: judgement(), settings: settingsOf({ steps: [STEPS[0]!, { weight: 10 }] }) });
    expect(weights(it.status())).toEqual(['r-a 90', 'r-b 10']);
    expect(it.status().step).toMatchObject({ index: 1, weight: 10, elapsedMs: 1_000 });
  });

  test('how many steps there are', () => {
    const it = begun({ steps: STEPS });
    it.pass({ evidence: judgement(), settings: settingsOf({ steps: THREE }) });
    expect(it.status().step).toMatchObject({ count: 3, progress: '1/3' });
  });

  test('the share of an A/B test, and more time for one that has ended', () => {
    const abTest = (deadline: string, weight: number) =>
      settingsOf({ strategy: 'ABTest', deadline, steps: [{ weight }] });
    const it = underWay({ settings: abTest('1h', 50) });
    it.pass({ evidence: judgement(), settings: abTest('1h', 20) });
    expect(weights(it.status())).toEqual(['r-a 80', 'r-b 20']);
    it.pass({ evidence: judgement() }, hour);
    expect(weights(it.status())).toEqual(['r-a 100']);
    it.pass({ evidence: judgement(), settings: abTest('9h', 20) });
    expect(weights(it.status())).toEqual(['r-a 80', 'r-b 20']);
  });
});
