import type { createColors } from 'picocolors';
import { grownParts, partText } from '../call-change.ts';
import type { Finding, Level } from '../finding.ts';
import { failed, type ReleaseReport, type Report, untold } from '../report.ts';
import { basisOf, changeOf, costOfCall, inputOf, outcomeOf, suiteText, titleOf } from './figures.ts';
import { harmless } from './harmless.ts';

type Colors = ReturnType<typeof createColors>;

/** The report for a terminal or a log. */
export function drawText(report: Report, colors: Colors): string {
  const paint: Record<Level, (text: string) => string> = {
    error: colors.red,
    untold: colors.magenta,
    warning: colors.yellow,
    note: colors.dim,
  };
  const said = ({ level, file, line, message }: Finding) =>
    `  ${paint[level](level)} ${harmless(file)}:${line}: ${harmless(message)}`;
  return [
    harmless(`${report.base} → ${report.head}; prices: ModelProviders, ${report.prices}`),
    ...report.findings.map(said),
    ...report.releases.flatMap((release) => [
      '',
      `${colors.bold(titleOf(release))} ${changeOf(release)}`,
      ...figures(release).map((line) => `  ${harmless(line)}`),
      ...release.findings.map(said),
    ]),
    ...(report.skipped.length > 0 ? [''] : []),
    ...report.skipped.map(({ path, why }) => colors.dim(`left out: ${harmless(path)} ${harmless(why)}`)),
    '',
    (failed(report) ? colors.red : untold(report) ? colors.magenta : colors.green)(outcomeOf(report)),
    '',
  ].join('\n');
}

function figures({ call, evals = [] }: ReleaseReport): string[] {
  const suites = evals.map((each) => `eval           ${suiteText(each)}`);
  if (call === undefined) return suites;
  return [
    `input tokens   ${inputOf(call)}`,
    `cost of a call ${costOfCall(call)}`,
    ...grownParts(call.parts).map((part) => `grew           ${partText(part)}`),
    basisOf(call),
    ...suites,
  ];
}
