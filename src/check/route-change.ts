import type { ModelRouteSpec } from '../api/model-route.ts';
import type { Prompt } from '../api/prompt-release.ts';
import { canonicalJson } from '../lib/canonical.ts';
import { askBoth } from './both-sides.ts';
import { callChange } from './call-change.ts';
import { suiteCasesOf } from './cases.ts';
import { type Changed, frameOf, removed } from './changed.ts';
import { costFindings } from './cost-findings.ts';
import type { Finding } from './finding.ts';
import { type Found, keyOf, type Side } from './objects.ts';
import { type Called, calledBy, pricingOf } from './release.ts';

/** A call of 1,000 tokens stands for what is called through a route directly. */
const ROUTE_PROMPT: Prompt = { messages: [] };

/** What changed of a ModelRoute or of the prices of what it calls; undefined where nothing did. */
export function routeChange(before: Side, after: Side, key: string): Changed | undefined {
  const [foundOld, foundNow] = [before.objects.get(key), after.objects.get(key)];
  const { namespace, name } = (foundNow ?? foundOld)!;
  const [old, now] = [calledBy(before, namespace, name), calledBy(after, namespace, name)];
  const ownChange = canonicalJson(foundOld?.spec) !== canonicalJson(foundNow?.spec);
  const priced = pricingOf(old) !== pricingOf(now);
  if (foundOld && foundNow && !ownChange && !priced) return undefined;
  const because = priced && foundOld && foundNow ? ['the ModelProvider'] : [];
  const frame = frameOf(foundOld, foundNow, because);
  return {
    called: [old, now],
    async report(estimating, options) {
      if (foundNow === undefined) return { ...frame, findings: [removed(frame)] };
      if (now === undefined) return { ...frame, findings: [] };
      const findings = providerFindings(before, after, foundNow);
      const callable = (called: Called | undefined) => called && { prompt: ROUTE_PROMPT, called };
      const perThousand = { ...estimating, tokenizer: () => () => 1_000 - 7 };
      const cases = {
        cases: [{ messages: [{ role: 'user' as const, content: 'x' }] }],
        from: '1,000 tokens of input',
      };
      const suite = options.cases ? { cases: options.cases, from: '--cases' } : suiteCasesOf(after, foundNow);
      const asked = await askBoth({
        asks: options.asks,
        after,
        found: foundNow,
        cases: suite,
        call: callChange(callable(old), callable(now), cases, perThousand),
      });
      const estimate = asked.call!;
      const call = estimate.basis === 'measured' ? { ...estimate, casesFrom: suite!.from } : estimate;
      findings.push(...asked.findings, ...costFindings(call, foundNow, false, estimating));
      return { ...frame, findings, call, ...(asked.evals && { evals: asked.evals }) };
    },
  };
}

function providerFindings(before: Side, after: Side, found: Found): Finding[] {
  return (found.spec as ModelRouteSpec).backends.flatMap(({ providerRef }, at): Finding[] => {
    const key = keyOf('ModelProvider', found.namespace, providerRef.name);
    if (after.objects.has(key)) return [];
    const gone = before.objects.has(key);
    const line = found.line(['spec', 'backends', at, 'providerRef']);
    const message = gone
      ? `spec.backends[${at}].providerRef: ${key} is removed`
      : `${key} is not in the folder: no cost is known`;
    return [{ level: gone ? 'error' : 'warning', rule: 'reference', file: found.file, line, message }];
  });
}
