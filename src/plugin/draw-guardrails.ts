import type { GuardrailStatus } from '../api/status.ts';
import { type Colors, cell, plain, wrap } from './text.ts';

const COLUMNS = [20, 19, 19, 16];
const SIGNS = { Pass: '✔', Fail: '✘', Inconclusive: '?', NoData: '–' } as const;

/** A line for each guardrail, and below it what is still missing, or what was found. */
export function drawGuardrails(guardrails: readonly GuardrailStatus[], colors: Colors): string[] {
  if (guardrails.length === 0) return [];
  const head = colors.dim(row(['candidate', 'stable', 'evidence']));
  return [`Guardrails            ${head}`, ...guardrails.flatMap((each) => lines(each, colors))];
}

function lines(guardrail: GuardrailStatus, colors: Colors): string[] {
  const { name, verdict, evidence, threshold, candidate, stable, difference, message } = guardrail;
  const paint = { Pass: colors.green, Fail: colors.red, Inconclusive: colors.yellow, NoData: colors.dim }[
    verdict
  ];
  const proof = evidence === undefined ? '' : `${evidence} of ${threshold ?? '?'}`;
  const figures = row([sample(candidate), sample(stable), proof]);
  const apart = difference && `difference ${difference.value}, ${difference.low} to ${difference.high}`;
  const said = [message, apart].filter((each) => each !== undefined && each !== '').join('; ');
  return [
    `  ${paint(SIGNS[verdict])} ${cell(plain(name), 17)} ${figures}`.trimEnd(),
    ...(verdict === 'Pass' && apart === undefined ? [] : wrap(said, undefined, '      ')),
  ];
}

const row = (texts: readonly string[]): string =>
  texts
    .map((text, at) => cell(plain(text), COLUMNS[at + 1]!))
    .join(' ')
    .trimEnd();

function sample(of: GuardrailStatus['stable']): string {
  if (of === undefined) return '';
  return of.value === undefined ? `${of.calls ?? 0} calls` : `${of.value} of ${of.calls ?? 0}`;
}
