import type { ModelRouteSpec } from '../api/model-route.ts';
import type { Prompt } from '../api/prompt-release.ts';
import { checkPrompt, parseTemplate } from '../api/template.ts';
import { loadPriceList } from '../cost/price-list.ts';
import { type CountTokens, type Encoding, encodingOf, loadTokenizer } from '../cost/tokens.ts';
import { canonicalJson } from '../lib/canonical.ts';
import { type Callable, callChange, type Estimating, grownParts, tooDear, usd } from './call-change.ts';
import { type Case, madeUpCase, neverGiven, schemasOf, suiteCasesOf } from './cases.ts';
import type { Finding } from './finding.ts';
import { type Content, contentOf, type Found, keyOf, type Side, sideOf } from './objects.ts';
import { type Called, calledBy, dependsOn, pricingOf, type Resolved, resolveRelease } from './release.ts';
import type { CallChange, ReleaseReport, Report } from './report.ts';
import type { Tree } from './tree.ts';

export interface CheckOptions {
  base: Tree;
  head: Tree;
  /** Namespace of an object that names none. */
  namespace: string;
  /** Share (0–1) by which a call may cost more. */
  maxCostIncrease: number;
  /** Tokens of an answer; omitted: the least `max_tokens` of both sides, else 256. */
  outputTokens?: number;
  /** Calls a day that a release gets, to hold against the budget of its route. */
  callsPerDay?: number;
  /** Cases for every release, instead of those of EvalSuites. */
  cases?: readonly Case[];
  /** What stands before the files' paths where they are shown: `deploy/`. */
  prefix?: string;
  /** The day whose prices hold. */
  now: Date;
}

/**
 * Compares the manifests of two sides: what is wrong with what changed, and what a call took and takes. Nothing leaves
 * the machine. What did not change is not looked at.
 * @throws Error where one of the sides cannot be read.
 */
export async function check(options: CheckOptions): Promise<Report> {
  const { base, head, maxCostIncrease, outputTokens } = options;
  const [before, after] = await sides(options);
  const prices = await loadPriceList(options.now);
  const counters = new Map<Encoding, CountTokens>();
  const estimating: Estimating = {
    prices,
    tokenizer: (encoding) => counters.get(encoding)!,
    maxCostIncrease,
    ...(outputTokens !== undefined && { outputTokens }),
  };
  const old = new Set(base.files.map(({ id }) => id));
  const findings = after.findings.filter(({ id }) => !old.has(id)).map(({ id: _, ...finding }) => finding);
  const releases: ReleaseReport[] = [];
  let unchanged = 0;
  for (const key of new Set([...after.objects.keys(), ...before.objects.keys()])) {
    const kind = (after.objects.get(key) ?? before.objects.get(key))!.kind;
    if (kind !== 'PromptRelease' && kind !== 'ModelRoute') continue;
    const changed =
      kind === 'PromptRelease' ? promptChange(before, after, key) : routeChange(before, after, key);
    if (changed === undefined) unchanged++;
    else {
      await loadCounters(counters, changed.called);
      releases.push(changed.report(estimating, options));
    }
  }
  return {
    base: base.label,
    head: head.label,
    prices: prices.version,
    maxCostIncrease,
    releases,
    findings,
    unchanged,
    skipped: head.skipped.map(({ path, why }) => ({ path: (options.prefix ?? '') + path, why })),
  };
}

/** Reads and parses each content once. Where both sides have the same files nothing is parsed at all. */
async function sides({ base, head, namespace, prefix = '' }: CheckOptions): Promise<[Side, Side]> {
  const same =
    base.files.length === head.files.length &&
    base.files.every(({ path, id }, at) => head.files[at]!.path === path && head.files[at]!.id === id);
  if (same) return [sideOf([], namespace), sideOf([], namespace)];
  const contents = new Map<string, Content>();
  for (const tree of [head, base]) {
    const missing = new Set(tree.files.map(({ id }) => id).filter((id) => !contents.has(id)));
    for (const [id, text] of await tree.read([...missing])) contents.set(id, contentOf(text, namespace));
  }
  const side = (tree: Tree) =>
    sideOf(
      tree.files.map(({ path, id }) => ({ path: prefix + path, id, content: contents.get(id)! })),
      namespace,
    );
  return [side(base), side(head)];
}

async function loadCounters(counters: Map<Encoding, CountTokens>, called: readonly (Called | undefined)[]) {
  for (const each of called) {
    const encoding = encodingOf(each?.backend.model ?? '');
    if (!counters.has(encoding)) counters.set(encoding, remembering(await loadTokenizer(encoding)));
  }
}

/** Both sides have most texts in common. */
function remembering(count: CountTokens): CountTokens {
  const known = new Map<string, number>();
  return (text) => {
    let tokens = known.get(text);
    if (tokens === undefined) {
      tokens = count(text);
      known.set(text, tokens);
    }
    return tokens;
  };
}

interface Changed {
  /** What tokens are counted for. */
  called: (Called | undefined)[];
  report(estimating: Estimating, options: CheckOptions): ReleaseReport;
}

type Frame = Omit<ReleaseReport, 'findings' | 'call'>;

function frameOf(old: Found | undefined, now: Found | undefined, because: readonly string[]): Frame {
  const found = (now ?? old)!;
  const own = old === undefined || now === undefined || canonicalJson(old.spec) !== canonicalJson(now.spec);
  const change = now === undefined ? 'removed' : old === undefined ? 'added' : own ? 'changed' : 'affected';
  const { kind, namespace, name, file } = found;
  return { kind: kind as Frame['kind'], namespace, name, change, because, file, line: found.line([]) };
}

function promptChange(before: Side, after: Side, key: string): Changed | undefined {
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
    report(estimating, options) {
      if (foundNow === undefined) return { ...frame, findings: [removed(frame)] };
      if (now === undefined) return { ...frame, findings: [] };
      const findings = promptFindings(before, after, now);
      const cases = casesFor(after, now, options, findings);
      if (findings.some(({ level, rule }) => level === 'error' && rule === 'template'))
        return { ...frame, findings };
      const call = cases && callChange(sound(old), sound(now), cases, estimating);
      if (call) findings.push(...costFindings(call, now.found, now.spec.prompt !== undefined, estimating));
      if (call?.after && now.called) findings.push(...budgetFindings(call, now, options.callsPerDay));
      return { ...frame, findings, ...(call?.after && { call }) };
    },
  };
}

const removed = ({ kind, namespace, name, file, line }: Frame): Finding => {
  return {
    level: 'note',
    rule: 'removed',
    file,
    line,
    message: `${keyOf(kind, namespace, name)} is removed`,
  };
};

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

function promptFindings(
  before: Side,
  after: Side,
  { found, spec, prompt, unresolved, called }: Resolved,
): Finding[] {
  const findings: Finding[] = [];
  const say = (
    level: Finding['level'],
    rule: Finding['rule'],
    path: readonly PropertyKey[],
    message: string,
  ) => findings.push({ level, rule, file: found.file, line: found.line(path), message });
  if (unresolved) say(unresolved.level, 'template', ['spec', 'promptFrom'], unresolved.message);
  for (const { path, message } of prompt ? checkPrompt(prompt) : []) {
    const at = path.split(/[.[\]]+/).filter(Boolean);
    say('error', message.startsWith('uses the unknown') ? 'variables' : 'template', at, `${path} ${message}`);
  }
  for (const name of prompt ? unusedVariables(prompt) : []) {
    const message = `spec.prompt.variables: "${name}" is declared and used by no message`;
    say('warning', 'variables', ['spec', 'prompt', 'variables', 'properties', name], message);
  }
  if (called === undefined) {
    const key = keyOf('ModelRoute', found.namespace, spec.routeRef.name);
    const gone = before.objects.has(key) && !after.objects.has(key);
    const message = gone
      ? `spec.routeRef.name: ${key} is removed`
      : `${key} is not in the folder, or broken: no cost is known`;
    say(gone ? 'error' : 'warning', 'reference', ['spec', 'routeRef'], message);
  }
  return findings;
}

function unusedVariables(prompt: Prompt): string[] {
  const used = new Set<string>();
  for (const { content } of prompt.messages) {
    try {
      for (const part of parseTemplate(content ?? '')) if ('variable' in part) used.add(part.variable[0]!);
    } catch {
      return [];
    }
  }
  return Object.keys(schemasOf(prompt.variables)).filter((name) => !used.has(name));
}

/** The cases of a release; what is wrong with them is added to `findings`. */
function casesFor(
  after: Side,
  { found, spec, prompt }: Resolved,
  options: CheckOptions,
  findings: Finding[],
) {
  if (prompt === undefined) return undefined;
  const place = { file: found.file, line: found.line(['spec']) };
  const gates = (spec.rollout?.gates ?? []).map(({ evalSuiteRef }) => evalSuiteRef.name);
  const given = options.cases && { cases: options.cases, from: '--cases', problems: [] };
  const suite = given ?? suiteCasesOf(after, found, gates);
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

function costFindings(call: CallChange, found: Found, inline: boolean, estimating: Estimating): Finding[] {
  const message = tooDear(call, estimating);
  if (message !== undefined) {
    const [grown] = grownParts(call.parts);
    const at = /^messages\[(\d+)\]$/.exec(grown?.name ?? '')?.[1];
    const path = at !== undefined && inline ? ['spec', 'prompt', 'messages', at] : ['spec'];
    return [
      {
        level: 'error',
        rule: 'cost',
        file: found.file,
        line: found.line(path),
        message: `${message}; estimated`,
      },
    ];
  }
  const unknown = call.before?.callUSD !== undefined && call.after?.callUSD === undefined;
  if (!unknown) return [];
  const lost = `the price of ${call.after?.model} is not known: give it in the ModelProvider's models[].pricesPerMillion`;
  return [{ level: 'warning', rule: 'cost', file: found.file, line: found.line(['spec']), message: lost }];
}

function budgetFindings(
  { after }: CallChange,
  { found, called, spec }: Resolved,
  callsPerDay?: number,
): Finding[] {
  const daily = called?.route.budgets?.dailyUSD;
  if (daily === undefined || after?.callUSD === undefined || after.callUSD === 0) return [];
  const place = { file: found.file, line: found.line(['spec', 'routeRef']), rule: 'budget' as const };
  const budget = `the budget of ${spec.routeRef.name}, ${usd(Number(daily))} a day,`;
  if (callsPerDay === undefined) {
    const calls = Math.floor(Number(daily) / after.callUSD);
    return [{ ...place, level: 'note', message: `${budget} is enough for ${calls} calls; estimated` }];
  }
  const cost = callsPerDay * after.callUSD;
  if (cost <= Number(daily)) return [];
  return [
    {
      ...place,
      level: 'error',
      message: `${callsPerDay} calls a day cost ${usd(cost)}: ${budget} is not enough; estimated`,
    },
  ];
}

/** A call of 1,000 tokens stands for what is called through a route directly. */
const ROUTE_PROMPT: Prompt = { messages: [] };

function routeChange(before: Side, after: Side, key: string): Changed | undefined {
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
    report(estimating) {
      if (foundNow === undefined) return { ...frame, findings: [removed(frame)] };
      if (now === undefined) return { ...frame, findings: [] };
      const findings = providerFindings(before, after, foundNow);
      const callable = (called: Called | undefined) => called && { prompt: ROUTE_PROMPT, called };
      const perThousand = { ...estimating, tokenizer: () => () => 1_000 - 7 };
      const cases = {
        cases: [{ messages: [{ role: 'user' as const, content: 'x' }] }],
        from: '1,000 tokens of input',
      };
      const call = callChange(callable(old), callable(now), cases, perThousand);
      findings.push(...costFindings(call, foundNow, false, estimating));
      return { ...frame, findings, call };
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
