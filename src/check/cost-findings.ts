import { type Estimating, grownParts, tooDear, usd } from './call-change.ts';
import type { Finding } from './finding.ts';
import type { Found } from './objects.ts';
import type { Resolved } from './release.ts';
import type { CallChange } from './report.ts';

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
  const unknown = call.before?.callUSD !== undefined && call.after?.callUSD === undefined;
  if (!unknown) return [];
  const lost = `the price of ${call.after?.model} is not known: give it in the ModelProvider's models[].pricesPerMillion`;
  return [{ level: 'warning', rule: 'cost', file: found.file, line: found.line(['spec']), message: lost }];
}

/** What the daily budget of the release's route is enough for. */
export function budgetFindings(
  { basis, after }: CallChange,
  { found, called, spec }: Resolved,
  callsPerDay?: number,
): Finding[] {
  const daily = called?.route.budgets?.dailyUSD;
  if (daily === undefined || after?.callUSD === undefined || after.callUSD === 0) return [];
  const place = { file: found.file, line: found.line(['spec', 'routeRef']), rule: 'budget' as const };
  const budget = `the budget of ${spec.routeRef.name}, ${usd(Number(daily))} a day,`;
  if (callsPerDay === undefined) {
    const calls = Math.floor(Number(daily) / after.callUSD);
    return [{ ...place, level: 'note', message: `${budget} is enough for ${calls} calls; ${basis}` }];
  }
  const cost = callsPerDay * after.callUSD;
  if (cost <= Number(daily)) return [];
  return [
    {
      ...place,
      level: 'error',
      message: `${callsPerDay} calls a day cost ${usd(cost)}: ${budget} is not enough; ${basis}`,
    },
  ];
}
