import { parseTemplate } from '../api/template.ts';
import { askBoth } from './both-sides.ts';
import { type Callable, callChange } from './call-change.ts';
import { madeUpCase, neverGiven, suiteCasesOf } from './cases.ts';
import { type Changed, frameOf, type ReportOptions, removed } from './changed.ts';
import { budgetFindings, costFindings } from './cost-findings.ts';
import type { Finding } from './finding.ts';
import type { Side } from './objects.ts';
import { promptFindings } from './prompt-findings.ts';
import { dependsOn, type Resolved, resolveRelease } from './release.ts';

/** What changed of a PromptRelease or of what it depends on; undefined where nothing did. */
export function promptChange(before: Side, after: Side, key: string): Changed | undefined {
  const [foundOld, foundNow] = [before.objects.get(key), after.objects.get(key)];
  const [old, now] = [resolveRelease(before, key), resolveRelease(after, key)];
  if (foundOld && foundNow && old === undefined && now === undefined && foundOld.id === foundNow.id)
    return undefined;
  const [was, is] = [old && dependsOn(old), now && dependsOn(now)];
  const because = was && is ? Object.keys(is).filter((part) => was[part] !== is[part]) : [];
  if (was && is && because.length === 0) return undefined;
  const frame = frameOf(foundOld, foundNow, because);
  return {
    called: [old?.called, now?.called],
    async report(estimating, options) {
      if (foundNow === undefined) return { ...frame, findings: [removed(frame)] };
      if (now === undefined) return { ...frame, findings: [] };
      const findings = promptFindings(before, after, now);
      const cases = casesFor(after, now, options, findings);
      if (findings.some(({ level, rule }) => level === 'error' && rule === 'template'))
        return { ...frame, findings };
      const estimated = cases && callChange(sound(old), sound(now), cases, estimating);
      const { call, evals, ...asked } = await askBoth({
        asks: options.asks,
        after,
        found: now.found,
        cases,
        call: estimated,
      });
      findings.push(...asked.findings);
      if (call) findings.push(...costFindings(call, now.found, now.spec.prompt !== undefined, estimating));
      if (call?.after && now.called) findings.push(...budgetFindings(call, now, options.callsPerDay));
      return { ...frame, findings, ...(call?.after && { call }), ...(evals && { evals }) };
    },
  };
}

/** Undefined where there is nothing to estimate: no prompt, no route, or a prompt that does not parse. */
function sound(resolved: Resolved | undefined): Callable | undefined {
  if (resolved?.prompt === undefined || resolved.called === undefined) return undefined;
  const { prompt, called, spec } = resolved;
  try {
    for (const { content } of prompt.messages) parseTemplate(content ?? '');
  } catch {
    return undefined;
  }
  return { prompt, called, ...(spec.parameters && { parameters: spec.parameters }) };
}

/** The cases of a release; what is wrong with them is added to `findings`. */
function casesFor(after: Side, { found, prompt }: Resolved, options: ReportOptions, findings: Finding[]) {
  if (prompt === undefined) return undefined;
  const place = { file: found.file, line: found.line(['spec']) };
  const given = options.cases && { cases: options.cases, from: '--cases', problems: [] };
  const suite = given ?? suiteCasesOf(after, found);
  for (const message of suite?.problems ?? [])
    findings.push({ ...place, level: 'warning', rule: 'cases', message });
  if (suite === undefined || suite.cases.length === 0)
    return { cases: [madeUpCase(prompt)], from: 'made up' };
  for (const name of neverGiven(prompt, suite.cases)) {
    const message = `"${name}" is required and no case of ${suite.from} gives it: a sample stands in`;
    findings.push({ ...place, level: 'warning', rule: 'variables', message });
  }
  return suite;
}
