import type { createColors } from 'picocolors';
import { grownParts, partText } from '../call-change.ts';
import type { Finding, Level } from '../finding.ts';
import { allFindings, type ReleaseReport, type Report } from '../report.ts';
import { basisOf, changeOf, costOfCall, inputOf, outcomeOf, titleOf } from './figures.ts';
import { harmless } from './harmless.ts';

type Colors = ReturnType<typeof createColors>;

/** The report for a terminal or a log. */
export function drawText(report: Report, colors: Colors): string {
  const paint: Record<Level, (text: string) => string> = {
    error: colors.red,
    warning: colors.yellow,
    note: colors.dim,
  };
  const said = ({ level, file, line, message }: Finding) =>
    `  ${paint[level](level)} ${harmless(file)}:${line}: ${harmless(message)}`;
  const errors = allFindings(report).filter(({ level }) => level === 'error').length;
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
    (errors > 0 ? colors.red : colors.green)(outcomeOf(report, errors)),
    '',
  ].join('\n');
}

function figures({ call }: ReleaseReport): string[] {
  if (call === undefined) return [];
  return [
    `input tokens   ${inputOf(call)}`,
    `cost of a call ${costOfCall(call)}`,
    ...grownParts(call.parts).map((part) => `grew           ${partText(part)}`),
    basisOf(call),
  ];
}
