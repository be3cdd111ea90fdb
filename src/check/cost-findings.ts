import type { Budgets } from '../api/budgets.ts';
import { type Estimating, grownParts, tooDear, usd } from './call-change.ts';
import type { Finding } from './finding.ts';
import type { Found } from './objects.ts';
import type { Resolved } from './release.ts';
import type { CallChange, CallFigures } from './report.ts';

/** That a call costs too much more, or that nobody knows any longer what it costs; `inline`: the prompt is in this file. */
export function costFindings(
  call: CallChange,
  found: Found,
  inline: boolean,
  estimating: Estimating,
): Finding[] {
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
        message: `${message}; ${call.basis}`,
      },
    ];
  }
  const { before, after } = call;
  if (before?.callUSD === undefined || after === undefined || after.callUSD !== undefined) return [];
  const lost = unpriced(after.model);
  return [{ level: 'warning', rule: 'cost', file: found.file, line: found.line(['spec']), message: lost }];
}

const unpriced = (model: string): string =>
  `the price of ${model} is not known: give it in the ModelProvider's models[].pricesPerMillion`;

/** What the budgets of the release and of its route are enough for. */
export function budgetFindings(
  { basis, after }: CallChange,
  { found, called, spec }: Resolved,
  callsPerDay?: number,
): Finding[] {
  if (after === undefined) return [];
  const of = (name: string, path: string[], budgets: Budgets | undefined): Finding[] =>
    budgets === undefined
      ? []
      : findingsOf(name, budgets, after, callsPerDay).map(({ level, message }) => ({
          level,
          rule: 'budget',
          file: found.file,
          line: found.line(path),
          message: `${message}; ${basis}`,
        }));
  return [
    ...of(spec.routeRef.name, ['spec', 'routeRef'], called?.route.budgets),
    ...of(found.name, ['spec', 'budgets'], spec.budgets),
  ];
}

function findingsOf(
  name: string,
  { dailyUSD, perCallUSD }: Budgets,
  { model, callUSD }: CallFigures,
  callsPerDay: number | undefined,
): Pick<Finding, 'level' | 'message'>[] {
  const found: Pick<Finding, 'level' | 'message'>[] = [];
  const say = (level: Finding['level'], message: string) => found.push({ level, message });
  if (callUSD === undefined) {
    const limited = perCallUSD !== undefined || dailyUSD !== undefined;
    if (limited) say('warning', `whether the budget of ${name} is enough cannot be told: ${unpriced(model)}`);
    return found;
  }
  if (callUSD === 0) return found;
  if (perCallUSD !== undefined && callUSD > Number(perCallUSD)) {
    const limit = `the budget of ${name}, ${usd(Number(perCallUSD))} a call,`;
    say('error', `a call costs ${usd(callUSD)}: ${limit} is not enough`);
  }
  if (dailyUSD === undefined) return found;
  const budget = `the budget of ${name}, ${usd(Number(dailyUSD))} a day,`;
  if (callsPerDay === undefined) {
    const calls = Math.floor(Number(dailyUSD) / callUSD);
    say('note', `${budget} is enough for ${calls} calls`);
  } else if (callsPerDay * callUSD > Number(dailyUSD)) {
    say('error', `${callsPerDay} calls a day cost ${usd(callsPerDay * callUSD)}: ${budget} is not enough`);
  }
  return found;
}
