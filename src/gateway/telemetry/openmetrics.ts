import type { Family } from './otlp/metrics.ts';

export const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** Whether an `Accept` would have OpenMetrics rather than Prometheus' plain text. */
export function wantsOpenMetrics(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  let [open, plain] = [0, 0];
  for (const part of accept.split(',')) {
    const [type = '', ...parameters] = part.split(';').map((each) => each.trim());
    const given = parameters.find((each) => each.startsWith('q='));
    const quality = given === undefined ? 1 : Number(given.slice(2)) || 0;
    if (type === 'application/openmetrics-text') open = Math.max(open, quality);
    if (type === 'text/plain') plain = Math.max(plain, quality);
  }
  return open > 0 && open >= plain;
}

/** Metrics as OpenMetrics 1.0 writes them: as Prometheus' text, and with examples of calls at the buckets. */
export function openMetrics(families: readonly Family[]): string {
  const lines: string[] = [];
  for (const { name, help, type, values } of families) {
    const counter = String(type) === 'counter';
    const family = counter ? name.replace(/_total$/, '') : name;
    lines.push(`# HELP ${family} ${escaped(help)}`, `# TYPE ${family} ${type}`);
    for (const { metricName, labels, value, exemplar } of values) {
      const series = counter ? `${family}_total` : (metricName ?? name);
      const line = `${series}${labelled(labels)} ${number(value)}`;
      if (exemplar == null) lines.push(line);
      else {
        const { labelSet, value: example, timestamp } = exemplar;
        lines.push(`${line} # ${labelled(labelSet) || '{}'} ${number(example)} ${timestamp}`);
      }
    }
  }
  return `${lines.join('\n')}\n# EOF\n`;
}

/** Metrics as Prometheus' plain text has them. */
export function plainText(families: readonly Family[]): string {
  const texts = families.map(({ name, help, type, values }) => {
    const lines = values.map(
      ({ metricName, labels, value }) => `${metricName ?? name}${labelled(labels)} ${number(value)}\n`,
    );
    const said = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
    return `# HELP ${name} ${said}\n# TYPE ${name} ${type}\n${lines.join('')}`;
  });
  return texts.join('\n');
}

function labelled(labels: Partial<Record<string, string | number>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escaped = (text: string): string =>
  text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');

function number(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
