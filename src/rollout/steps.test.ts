import { judgement, STEPS, underWay, weights } from '../../test/controllers/planned.ts';
import type { Rollout } from '../api/rollout.ts';
import { settingsOf } from './settings.ts';

const THREE = [...STEPS, { weight: 80, minDuration: '10s', minCalls: 5 }];
const hour = 3_600_000;

const begun = (rollout: Rollout) => underWay({ settings: settingsOf(rollout) });

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
