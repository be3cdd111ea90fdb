import fc from 'fast-check';
import { combine, type Finding } from './combine.ts';

const RISK = 0.05;

function finding(name: string, about: Partial<Finding> = {}): Finding {
  return { name, weight: 1, hasData: true, worse: 1, proof: 0, notWorse: 1, ...about };
}

const verdicts = (findings: Finding[]) => {
  const { verdict, judgements } = combine(findings, RISK);
  return [verdict, ...judgements.map((each) => each.verdict)];
};

test('shares of the risk are scaled over the guardrails in use', () => {
  const { judgements, threshold } = combine(
    [finding('a', { weight: 0.3 }), finding('b', { weight: 0.1 })],
    RISK,
  );
  expect(threshold).toBeCloseTo(20, 12);
  expect(judgements[0]!.threshold).toBeCloseTo(20 / 0.75, 9);
  expect(judgements[1]!.threshold).toBeCloseTo(20 / 0.25, 9);
});

test('one guardrail fails alone at its own threshold', () => {
  const at = (worse: number) => [finding('a', { worse, proof: worse }), finding('b')];
  expect(verdicts(at(39.99))).toEqual(['Inconclusive', 'Inconclusive', 'Inconclusive']);
  expect(verdicts(at(40))).toEqual(['Fail', 'Fail', 'Inconclusive']);
  expect(combine(at(40), RISK)).toMatchObject({ blame: 'a', evidence: 20.5 });
});

test('several may fail together; the one that contributed most is blamed', () => {
  const findings = [
    finding('a', { weight: 0.5, worse: 18, proof: 18 }),
    finding('b', { weight: 0.3, worse: 38, proof: 38 }),
    finding('c', { weight: 0.2, worse: 3 }),
  ];
  expect(combine(findings, RISK)).toMatchObject({ verdict: 'Fail', blame: 'b' });
  expect(verdicts(findings)).toEqual(['Fail', 'Inconclusive', 'Fail', 'Inconclusive']);
});

test('evidence within the tolerance fails nothing, nor does it lend itself to another guardrail', () => {
  const within = finding('a', { worse: 1e9, proof: 0 });
  const noise = finding('b', { worse: 7, proof: 7 });
  const { verdict, blame, evidence } = combine([within, noise], RISK);
  expect([verdict, blame]).toEqual(['Inconclusive', undefined]);
  expect(evidence).toBeGreaterThan(20);
});

test('passes only where every guardrail does, each at the whole risk', () => {
  const shown = finding('a', { notWorse: 20 });
  expect(verdicts([shown, finding('b', { notWorse: 20 })])).toEqual(['Pass', 'Pass', 'Pass']);
  expect(verdicts([shown, finding('b', { notWorse: 19.9 })])).toEqual([
    'Inconclusive',
    'Pass',
    'Inconclusive',
  ]);
  expect(verdicts([shown, finding('b', { hasData: false })])).toEqual(['Inconclusive', 'Pass', 'NoData']);
});

test('is NoData only where all are, and where nothing is watched', () => {
  const none = finding('a', { hasData: false });
  expect(verdicts([none, none])).toEqual(['NoData', 'NoData', 'NoData']);
  expect(verdicts([none, finding('b')])).toEqual(['Inconclusive', 'NoData', 'Inconclusive']);
  expect(combine([], RISK)).toMatchObject({ verdict: 'NoData', evidence: 1, hold: false });
});

test('holds on suspicion, until the candidate is shown not to be worse', () => {
  expect(combine([finding('a', { worse: 1.99 })], RISK).hold).toBe(false);
  expect(combine([finding('a'), finding('b', { worse: 2 })], RISK).hold).toBe(true);
  expect(combine([finding('a', { worse: 2, notWorse: 20 })], RISK).hold).toBe(false);
});

test('the order of guardrails changes nothing', () => {
  const any = fc.record({
    weight: fc.double({ min: 0.01, max: 1, noNaN: true }),
    worse: fc.double({ min: 0, max: 100, noNaN: true }),
    beyond: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(any, { minLength: 1, maxLength: 5 }), (drawn) => {
      const findings = drawn.map(({ weight, worse, beyond }, at) =>
        finding(`g${at}`, { weight, worse, proof: beyond ? worse : 0 }),
      );
      const [there, back] = [combine(findings, RISK), combine(findings.toReversed(), RISK)];
      expect(back.evidence).toBeCloseTo(there.evidence, 9);
      fc.pre(Math.abs(there.evidence - 20) > 1e-6);
      expect(back.verdict).toBe(there.verdict);
      if (there.verdict === 'Fail') expect(there.evidence).toBeGreaterThanOrEqual(20 - 1e-9);
    }),
  );
});

test.each([0, 1, -0.1, Number.NaN])('refuses a risk of %d', (risk) => {
  expect(() => combine([finding('a')], risk)).toThrow(RangeError);
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a weight of %d', (weight) => {
  expect(() => combine([finding('errors', { weight })], RISK)).toThrow(
    new RangeError(`guardrail errors: weight must be a number above 0, not ${weight}`),
  );
});
