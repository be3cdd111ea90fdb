import { age } from './age.ts';
import { type Release, shortName } from './place.ts';
import { clip, plain, WIDTH } from './text.ts';

/** Rows in columns as wide as they need to be; the last is not padded. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  return rows.map((row) =>
    row
      .map((text, at) => text.padEnd(widths[at]!))
      .join('  ')
      .trimEnd(),
  );
}

/** Where each of the releases stands, a line each, in 80 columns at most. */
export function drawReleases(releases: readonly Release[], now: Date, namespaces: boolean): string[] {
  const rows = releases.map((release) => {
    const { metadata, status } = release;
    const { phase = 'Pending', step, message = '' } = status;
    const place = step === undefined ? '' : `${step.weight}% ${step.progress ?? ''}`.trimEnd();
    const short = [shortName(release), phase, place, age(metadata.creationTimestamp, now), plain(message)];
    return namespaces ? [metadata.namespace, ...short] : short;
  });
  const head = ['RELEASE', 'PHASE', 'STEP', 'AGE', 'MESSAGE'];
  return columns([namespaces ? ['NAMESPACE', ...head] : head, ...rows]).map((line) => clip(line, WIDTH));
}

/** The columns of `kubectl get`; `wide` has the revisions and the message too, and lines as long as they come. */
export function drawGet(
  releases: readonly Release[],
  now: Date,
  wide: boolean,
  namespaces: boolean,
): string[] {
  const rows = releases.map((release) => {
    const { metadata, status } = release;
    const { phase = 'Pending', step, stableRevision = '', candidateRevision = '', message = '' } = status;
    const short = [
      shortName(release),
      phase,
      step?.progress ?? '',
      candidateRevision === '' ? '' : `${step?.weight ?? 0}%`,
    ];
    const row = [...short, age(metadata.creationTimestamp, now)];
    const more = wide ? [stableRevision, candidateRevision, plain(message)] : [];
    return [...(namespaces ? [metadata.namespace] : []), ...row, ...more];
  });
  const head = [
    'NAME',
    'PHASE',
    'STEP',
    'WEIGHT',
    'AGE',
    ...(wide ? ['STABLE', 'CANDIDATE', 'MESSAGE'] : []),
  ];
  return columns([[...(namespaces ? ['NAMESPACE'] : []), ...head], ...rows]);
}
