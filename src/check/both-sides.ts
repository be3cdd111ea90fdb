import type { Asks, Measured } from './asks.ts';
import { type Cases, gatesOf, suitesOf } from './cases.ts';
import type { Finding } from './finding.ts';
import type { Found, Side } from './objects.ts';
import type { CallChange, ReleaseReport, SuiteResult } from './report.ts';

export interface AskBothOptions {
  asks: Asks | undefined;
  /** The head, whose suites are asked. */
  after: Side;
  /** The release as the head has it. */
  found: Found;
  /** What is measured; absent where nothing can be. */
  cases: Pick<Cases, 'cases'> | undefined;
  /** What is estimated. */
  call: CallChange | undefined;
}

export interface AskedBoth extends Pick<ReleaseReport, 'call' | 'evals'> {
  findings: Finding[];
}

/** Asks both sides of a release, where that is wanted: suites first, whose answers measure as well. */
export async function askBoth({ asks, after, found, cases, call }: AskBothOptions): Promise<AskedBoth> {
  const came: AskedBoth = { ...(call && { call }), findings: [] };
  if (asks === undefined) return came;
  const say = (level: Finding['level'], rule: Finding['rule'], message: string) =>
    came.findings.push({ level, rule, file: found.file, line: found.line(['spec']), message });
  const release = { kind: found.kind as ReleaseReport['kind'], namespace: found.namespace, name: found.name };

  const idle = await asks.idle(release);
  if (idle !== undefined) {
    say(idle.untold ? 'untold' : 'note', asks.evaluate ? 'eval' : 'measure', idle.why);
    return came;
  }
  if (asks.evaluate) {
    const suites = suitesOf(after, found).map(({ name }) => name);
    for (const gate of gatesOf(found).filter((name) => !suites.includes(name)))
      say('untold', 'eval', `EvalSuite ${gate}, which spec.rollout.gates names, is not in the folder`);
    if (suites.length === 0) say('note', 'eval', 'no EvalSuite names it: none was asked');
    else came.evals = await asks.evaluate(release, suites);
    for (const each of came.evals ?? []) sayResult(each, say);
  }
  if (asks.measure && call) {
    if (cases === undefined) {
      say('note', 'measure', 'no EvalSuite names it and --cases is not given: its calls are estimated');
      return came;
    }
    const measured = await asks.measure(release, cases.cases);
    const missing = cases.cases.length - measured.cases;
    if (missing > 0)
      say(
        'untold',
        'measure',
        `${missing} of ${cases.cases.length} cases not measured, the first: ${measured.error}`,
      );
    came.call = measuredChange(call, measured);
  }
  return came;
}

type Say = (level: Finding['level'], rule: Finding['rule'], message: string) => void;

function sayResult({ suite, verdict, message, worst }: SuiteResult, say: Say): void {
  if (verdict !== 'Pass')
    say(verdict === 'Fail' ? 'error' : 'untold', 'eval', `EvalSuite ${suite}: ${message}`);
  for (const { case: name, before, after, reason } of worst) {
    if (before === undefined || Number(before) <= Number(after)) continue;
    say(
      'warning',
      'eval',
      `EvalSuite ${suite}, case "${name}": scores ${after} instead of ${before}: ${reason}`,
    );
  }
}

/** The estimate, with what was measured in the place of its figures. */
function measuredChange(call: CallChange, { before, after, cases }: Measured): CallChange {
  if (after === undefined || call.after === undefined) return call;
  const { before: _, ...rest } = call;
  return {
    ...rest,
    basis: 'measured',
    ...(before && call.before && { before: { model: call.before.model, ...before } }),
    after: { model: call.after.model, ...after },
    cases,
  };
}
