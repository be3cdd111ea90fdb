import type { Random } from '../lib/random.ts';
import type { ChatRequest } from './chat-request.ts';
import type { RuleCounts } from './counts.ts';
import { type Outcome, outcomesOf } from './outcome.ts';
import type { Rule } from './rule.ts';

/** A rule made ready for use. */
export interface ReadyRule {
  rule: Rule;
  draw(random: Random): Outcome;
  count(outcome: Outcome): void;
}

/** Rules in force: made ready once, then only looked through. */
export interface RuleSet {
  /** The first rule that fits; undefined if there is none. */
  find(request: ChatRequest): ReadyRule | undefined;
  /** The models that are named without a `*`. */
  models: string[];
  /** In the order of the rules. */
  counts: RuleCounts[];
}

export function ruleSet(rules: Rule[]): RuleSet {
  const ready = rules.map(makeReady);
  const named = rules.map(({ match }) => match.model).filter((model) => model !== undefined);
  return {
    find: (request) => ready.find(({ fits }) => fits(request)),
    models: [...new Set(named.filter((model) => !model.includes('*')))],
    counts: ready.map(({ counts }) => counts),
  };
}

function makeReady(rule: Rule) {
  const counts: RuleCounts = { calls: 0, outcomes: {} };
  return {
    rule,
    fits: fitter(rule.match),
    draw: outcomesOf(rule),
    counts,
    count({ kind }: Outcome) {
      counts.calls += 1;
      counts.outcomes[kind] = (counts.outcomes[kind] ?? 0) + 1;
    },
  };
}

function fitter({ model, text }: Rule['match']): (request: ChatRequest) => boolean {
  const isModel = model === undefined ? () => true : modelTest(model);
  if (text === undefined) return (request) => isModel(request.model);
  return (request) => isModel(request.model) && request.texts.some((each) => each.includes(text));
}

function modelTest(pattern: string): (model: string) => boolean {
  if (!pattern.includes('*')) return (model) => model === pattern;
  const parts = pattern.split('*');
  const [first, last] = [parts[0]!, parts.at(-1)!];
  return (model) => {
    if (!model.startsWith(first) || model.length < first.length + last.length || !model.endsWith(last))
      return false;
    // Each part in the middle at its first place after the one before: linear, unlike a RegExp of many stars.
    let from = first.length;
    for (const part of parts.slice(1, -1)) {
      const at = model.indexOf(part, from);
      if (at < 0) return false;
      from = at + part.length;
    }
    return from <= model.length - last.length;
  };
}
