import type { Level } from '../finding.ts';
import { allFindings, failed, type Report, untold } from '../report.ts';
import { titleOf } from './figures.ts';
import { harmless } from './harmless.ts';

/** The report as JSON: `version` changes when a field goes or changes its meaning. */
export function drawJson(report: Report): string {
  const estimated = report.releases.every(({ call }) => call?.basis !== 'measured');
  const whole = { version: 1, failed: failed(report), untold: untold(report), estimated, ...report };
  const replace = (_key: string, value: unknown) => (typeof value === 'string' ? harmless(value) : value);
  return `${JSON.stringify(whole, replace, 2)}\n`;
}

/** Annotations that GitHub Actions shows beside the lines. */
export function drawGithub(report: Report): string {
  const commands = { error: 'error', untold: 'error', warning: 'warning', note: 'notice' };
  const data = (text: string) =>
    harmless(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
  const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
  return allFindings(report)
    .map(({ level, rule, file, line, message }) => {
      return `::${commands[level]} file=${property(file)},line=${line},title=sluice ${rule}::${data(message)}\n`;
    })
    .join('');
}

/** A test case for each release that changed, and one for what belongs to none. */
export function drawJunit(report: Report): string {
  const units = [
    { name: 'manifests', findings: report.findings },
    ...report.releases.map((release) => ({ name: titleOf(release), findings: release.findings })),
  ];
  const cases = units.map(({ name, findings }) => {
    const failures = findings.flatMap(({ level, rule, file, line, message }) => {
      const tag = TAGS[level];
      if (tag === undefined) return [];
      return `      <${tag} type="${rule}" message="${xml(message)}">${xml(`${file}:${line}`)}</${tag}>\n`;
    });
    return `    <testcase classname="sluice check" name="${xml(name)}">\n${failures.join('')}    </testcase>\n`;
  });
  const count = (wanted: Level) =>
    units.filter(({ findings }) => findings.some(({ level }) => level === wanted)).length;
  const counts = `tests="${units.length}" failures="${count('error')}" errors="${count('untold')}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${counts}>\n  <testsuite name="sluice check" ${counts}>\n${cases.join('')}  </testsuite>\n</testsuites>\n`;
}

/** How a finding is told of a test case; others are not. */
const TAGS: Partial<Record<Level, string>> = { error: 'failure', untold: 'error' };

const ENTITIES: Record<string, string> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
  "'": '&apos;',
};
const xml = (text: string): string =>
  harmless(text)
    .replaceAll(/[\uD800-\uDFFF\uFFFE\uFFFF]/gu, '\uFFFD')
    .replaceAll(/[<>&"']/g, (letter) => ENTITIES[letter]!);
