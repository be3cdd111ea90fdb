import { caseOf, cellOf } from '../../test/decision/case.ts';
import type { CustomReading, EvidenceCell, EvidenceReading } from '../api/evidence.ts';
import type { Guardrail } from '../api/guardrail.ts';
import { bucketOf } from '../lib/buckets.ts';
import type { Case } from './case.ts';
import { judge } from './judge.ts';
import { pack } from './judge-state.ts';

const only = (guardrail: Guardrail, over: Partial<Case> = {}) => caseOf({ guardrails: [guardrail] }, over);

type Counted = Omit<Partial<EvidenceCell>, 'revision'>;

function reading(candidate: Counted, stable: Counted, before: Counted = {}): EvidenceReading[] {
  const serving = { attempt: 2, weight: 5, stable: 'r-a', epoch: 1 };
  const cells = [
    cellOf('r-a', { ...before, attempt: 1, weight: 0 }),
    cellOf('r-a', stable),
    cellOf('r-b', candidate),
  ];
  return [{ replica: 'a', startId: 's', releases: [{ uid: 'u', serving, cells }] }];
}

/** So many values of each of three sizes about `middle`. */
function around(middle: number, count: number): Record<string, number> {
  const at = bucketOf(middle);
  return { [at - 4]: count, [at]: 2 * count, [at + 4]: count };
}

const of = (judgement: ReturnType<typeof judge>['judgement'], name: string) =>
  judgement.guardrails.find((each) => each.name === name)!;

describe('values', () => {
  test('twice the cost is taken back, and said in dollars', () => {
    const { judgement } = judge(
      undefined,
      caseOf(),
      reading({ cost: around(8_000, 10) }, { cost: around(4_000, 200) }, { cost: around(4_000, 100) }),
    );
    expect(judgement.rollback).toMatchObject({ guardrail: 'cost' });
    expect(judgement.rollback!.badCalls).toBeUndefined();
    expect(judgement.rollback!.reason).toMatch(
      /^typically cost \$0\.00\d+ over 40, stable \$0\.00\d+ over 800$/,
    );
  });

  test('slower answers are, and slower within the tolerance are not', () => {
    const play = (ms: number) =>
      judge(
        undefined,
        caseOf(),
        reading(
          { latency: around(ms, 25) },
          { latency: around(1_000, 300) },
          { latency: around(1_000, 100) },
        ),
      ).judgement;
    expect(play(2_000).rollback?.reason).toMatch(/^typically took 2s over 100, stable 981ms over 1200$/);
    expect(play(1_150).rollback).toBeUndefined();
    expect(of(play(1_000), 'latency')).toMatchObject({
      verdict: 'Inconclusive',
      candidate: { value: '981ms' },
    });
  });

  test('of the first minute, times and costs are left out; tokens are not', () => {
    const cold = {
      latency: around(9_000, 25),
      firstToken: around(9_000, 25),
      cost: around(9_000, 25),
      outputTokens: around(200, 25),
    };
    const warm = {
      latency: around(1_000, 300),
      firstToken: around(300, 300),
      cost: around(3_000, 300),
      outputTokens: around(200, 300),
    };
    const early = judge(undefined, caseOf({}, { elapsedMs: 59_000 }), reading(cold, warm, warm));
    expect(early.judgement.rollback).toBeUndefined();
    const verdicts = early.judgement.guardrails.map(({ name, verdict }) => [name, verdict]);
    expect(Object.fromEntries(verdicts)).toMatchObject({
      latency: 'NoData',
      'first-token': 'NoData',
      cost: 'NoData',
      tokens: 'Inconclusive',
    });
    const later = judge(early.state, caseOf(), reading(cold, warm, warm));
    expect(of(later.judgement, 'latency').verdict).toBe('NoData');
  });

  test('the first minute of calls is left out, however long the candidate waited for them', () => {
    const slow = reading(
      { latency: around(1_000, 25) },
      { latency: around(100, 300) },
      { latency: around(100, 300) },
    );
    const fast = reading({}, {}, { latency: around(100, 300) });
    const latency = (over: Partial<Case>) => only({ name: 'latency', metric: 'Latency' }, over);
    const verdictOf = ({ judgement }: ReturnType<typeof judge>) => of(judgement, 'latency').verdict;

    const afterGates = latency({ elapsedMs: 900_000, stepElapsedMs: 59_000 });
    expect(verdictOf(judge(undefined, afterGates, slow))).toBe('NoData');

    const waiting = judge(
      undefined,
      latency({ weight: 0, elapsedMs: 900_000, stepElapsedMs: 900_000 }),
      fast,
    );
    const afterPause = latency({ step: 1, elapsedMs: 960_000, stepElapsedMs: 59_000 });
    expect(verdictOf(judge(waiting.state, afterPause, slow))).toBe('NoData');
    const cold = judge(pack(waiting.state), afterPause, slow);
    expect(verdictOf(cold)).toBe('NoData');

    const later = latency({ step: 2, elapsedMs: 962_000, stepElapsedMs: 1_000 });
    const more = reading(
      { latency: around(1_000, 50) },
      { latency: around(100, 600) },
      { latency: around(100, 300) },
    );
    expect(verdictOf(judge(cold.state, later, more))).toBe('Fail');
    expect(verdictOf(judge(pack(cold.state), later, more))).toBe('Fail');
  });

  test('scores that fall are taken back, and said as scores', () => {
    const { judgement } = judge(
      undefined,
      only({ name: 'quality', metric: 'EvalScore' }),
      reading({ scores: { 0: 10, 8: 30 } }, { scores: { 0: 300, 4: 100 } }),
    );
    expect(judgement.rollback?.guardrail).toBe('quality');
    expect(judgement.rollback?.reason).toMatch(/^scored 0\.7 over 40, stable 0\.95 over 400$/);
  });

  test.each([
    [
      'NegativeFeedbackRate',
      { thumbs: { given: 20, down: 12 } },
      { thumbs: { given: 200, down: 10 } },
      '12 of 20 got a thumbs-down, stable 10 of 200',
    ],
    [
      'ToolErrorRate',
      { tools: { checked: 20, failed: 12 } },
      { tools: { checked: 200, failed: 4 } },
      '12 of 20 called a tool wrongly, stable 4 of 200',
    ],
  ] as const)('%s is judged as a rate', (metric, candidate, stable, words) => {
    const { judgement } = judge(undefined, only({ name: 'g', metric }), reading(candidate, stable));
    expect(judgement.rollback?.reason.startsWith(words)).toBe(true);
  });
});

describe('an absolute limit', () => {
  test('is judged though stable is as bad, or serves nothing', () => {
    const bad = { outcomes: { success: 70, upstream_5xx: 30 } };
    const limited = only({ name: 'errors', metric: 'ErrorRate', limit: '5%' });
    for (const stable of [{ outcomes: { success: 700, upstream_5xx: 300 } }, {}]) {
      const { judgement } = judge(undefined, limited, reading(bad, stable));
      expect(judgement.rollback?.reason).toContain('30 of 100 failed');
      expect(judgement.rollback?.reason).toContain(', above the limit of 5%');
    }
    const without = judge(undefined, only({ name: 'errors', metric: 'ErrorRate' }), reading(bad, {}));
    expect(without.judgement.rollback).toBeUndefined();
  });

  test.each([
    [
      { name: 'g', metric: 'Latency', limit: '2s' },
      'latency',
      3_000,
      1_200,
      'above the limit of 2s for 95 of 100 calls',
    ],
    [
      { name: 'g', metric: 'CostPerCall', limit: '0.002' },
      'cost',
      4_000,
      1_500,
      'above the limit of $0.002 on average',
    ],
    [
      { name: 'g', metric: 'OutputTokens', limit: '400' },
      'outputTokens',
      700,
      300,
      'above the limit of 400 on average',
    ],
  ] as const)('of %j is that', (guardrail, kind, above, within, words) => {
    const play = (value: number) =>
      judge(
        undefined,
        only(guardrail),
        reading({ [kind]: around(value, 30) }, { [kind]: around(value, 300) }),
      ).judgement;
    expect(play(above).rollback?.reason).toContain(words);
    expect(play(within).rollback).toBeUndefined();
  });

  test('of a score is the lowest mean', () => {
    const play = (scores: Record<string, number>) =>
      judge(
        undefined,
        only({ name: 'g', metric: 'EvalScore', limit: '0.8' }),
        reading({ scores }, { scores }),
      ).judgement;
    expect(play({ 8: 100 }).rollback?.reason).toContain('above the limit of 0.8');
    expect(play({ 2: 100 }).rollback).toBeUndefined();
  });
});

describe("a guardrail of the user's own", () => {
  const counters = { name: 'carts', prometheus: { bad: 'lost', total: 'all' } };
  const at = (candidate: [number, number], stable: [number, number]): CustomReading => ({
    guardrail: 'carts',
    candidate: { bad: { x: candidate[0] }, total: { x: candidate[1] } },
    stable: { bad: { x: stable[0] }, total: { x: stable[1] } },
  });

  test('is judged by what its counters grow by', () => {
    let known: ReturnType<typeof judge> | undefined;
    for (const look of [at([0, 0], [50, 900]), at([0, 1], [50, 901]), at([15, 31], [54, 1_500])]) {
      known = judge(known?.state, only(counters), [], [look]);
    }
    expect(known!.judgement.rollback?.reason).toMatch(/^15 of 31 were bad, stable 4 of 600$/);
  });

  test('that cannot be read has no data, says why, and holds', () => {
    const problem = 'guardrail carts: Prometheus did not answer within 3s';
    const { judgement } = judge(undefined, only(counters), [], [{ guardrail: 'carts', problem }]);
    expect(judgement.guardrails[0]).toMatchObject({ verdict: 'NoData', message: problem });
    expect(judgement.blind).toBe('carts');
    const back = judge(undefined, only(counters), [], [at([0, 0], [0, 0])]);
    expect(back.judgement.guardrails[0]!.message).toBeUndefined();
  });

  test('with a limit holds too once it cannot be read any more', () => {
    const limited = only({ ...counters, limit: '20%' });
    let known: ReturnType<typeof judge> | undefined;
    const gone = { guardrail: 'carts', problem: 'Prometheus did not answer within 3s' };
    for (const look of [at([0, 0], [0, 0]), at([0, 50], [0, 950]), gone]) {
      known = judge(known?.state, limited, [], [look]);
    }
    expect(known!.judgement.guardrails[0]).toMatchObject({ verdict: 'NoData', message: gone.problem });
    expect(known!.judgement.blind).toBe('carts');
  });
});

test.each(['constructor', 'valueof', 'tostring'])('a guardrail may be called %s', (name) => {
  for (const metric of ['ErrorRate', 'Latency', 'EvalScore'] as const) {
    const { judgement } = judge(undefined, only({ name, metric }), reading({}, {}));
    expect(judgement.guardrails[0]).toMatchObject({ name, verdict: 'NoData' });
  }
});

describe('without data', () => {
  const served = reading({ outcomes: { success: 50 } }, { outcomes: { success: 900 } });

  test('a guardrail that the spec asks for holds, unless it only notifies', () => {
    const asked = (action: 'Rollback' | 'Pause' | 'Notify') =>
      judge(undefined, only({ name: 'thumbs', metric: 'NegativeFeedbackRate', action }), served).judgement
        .blind;
    expect([asked('Rollback'), asked('Pause'), asked('Notify')]).toEqual(['thumbs', 'thumbs', undefined]);
  });

  test('a default one does not', () => {
    const { judgement } = judge(undefined, caseOf(), served);
    expect(of(judgement, 'schema').verdict).toBe('NoData');
    expect(judgement.blind).toBeUndefined();
  });

  test('a default one is no part of a proof, unless stable has some', () => {
    const spread = (middle: number, calls: number) =>
      Object.fromEntries(Array.from({ length: 20 }, (_, at) => [bucketOf(middle) + at, calls / 20]));
    const measured = (calls: number): Counted => ({
      outcomes: { success: calls },
      latency: spread(1_000, calls),
      outputTokens: spread(200, calls),
    });
    const provenBy = (stable: Counted) => {
      const served = reading(measured(20_000), { ...measured(20_000), ...stable }, measured(400));
      return judge(undefined, caseOf(), served).judgement.proven;
    };
    expect(provenBy({})).toBe(true);
    expect(provenBy({ firstToken: spread(300, 20_000) })).toBe(false);
  });
});

test('bursts of stable make evidence weigh less', () => {
  const play = (bursts: boolean) => {
    let known: ReturnType<typeof judge> | undefined;
    let [calls, bad] = [0, 0];
    for (let look = 0; look < 60; look++) {
      calls += 20;
      // The same share of bad calls, each by itself or twenty at once.
      bad += bursts ? (look % 20 === 0 ? 20 : 0) : 1;
      const candidate = { success: look + 1, upstream_5xx: Math.floor(look / 3) };
      known = judge(
        known?.state,
        only({ name: 'errors', metric: 'ErrorRate' }),
        reading({ outcomes: candidate }, { outcomes: { success: calls - bad, upstream_5xx: bad } }),
      );
    }
    return Number(known!.judgement.guardrails[0]!.evidence);
  };
  expect(play(false)).toBeGreaterThan(50);
  expect(play(true)).toBeLessThan(play(false) / 2);
});

describe('in words', () => {
  const served = reading({ outcomes: { success: 60 } }, { outcomes: { success: 1_140 } });

  test('what is missing is said in calls and in time', () => {
    const errors = of(judge(undefined, caseOf(), served).judgement, 'errors');
    expect(errors.message).toMatch(
      /^about \d+ more calls to show it is not worse, \d+m(\d+s)? at this rate$/,
    );
  });

  test('an A/B test says how far apart the arms are, once there is enough', () => {
    const differences = { differences: true };
    const { judgement } = judge(
      undefined,
      caseOf({}, differences),
      reading(
        { outcomes: { success: 450, refusal: 50 }, latency: around(1_100, 100) },
        { outcomes: { success: 490, refusal: 10 }, latency: around(1_000, 100) },
      ),
    );
    const { difference } = of(judgement, 'refusals');
    expect(difference).toMatchObject({ value: '+8 points' });
    expect(Number.parseFloat(difference!.low)).toBeGreaterThan(0);
    expect(Number.parseFloat(difference!.high)).toBeGreaterThan(8);
    expect(of(judgement, 'latency').difference!.value).toBe('+9.1%');
    expect(of(judgement, 'schema').difference).toBeUndefined();
    const canary = judge(undefined, caseOf(), served).judgement;
    expect(of(canary, 'errors').difference).toBeUndefined();
  });
});
