import type { ReleaseStatus } from '../api/status.ts';
import { age, ago } from './age.ts';
import { drawGuardrails } from './draw-guardrails.ts';
import { drawSteps } from './draw-steps.ts';
import { drawTraffic } from './draw-traffic.ts';
import { type Release, shortName } from './place.ts';
import { type Colors, clip, clipMiddle, plain, WIDTH, wrap, wrapCommand } from './text.ts';

export interface Drawing {
  release: Release;
  now: Date;
  colors: Colors;
  /** The command that lets a revision in again. */
  undo: (revision: string) => string;
}

/** All that there is to say of one release, in lines of 80 columns at most. */
export function drawStatus({ release, now, colors, undo }: Drawing): string[] {
  const { status } = release;
  const rollout = release.invalid === undefined ? release.spec.rollout : undefined;
  const parts = [
    [header(release, now, colors), ...said(release)],
    drawTraffic(status, colors),
    drawSteps(status, rollout, colors),
    drawGuardrails(status.candidateRevision === undefined ? [] : (status.guardrails ?? []), colors),
    rollbackLines(status, now, undo),
    keptOut(status, now),
    lastAction(status, now),
  ];
  return parts
    .filter((lines) => lines.length > 0)
    .flatMap((lines, at) => (at === 0 ? lines : ['', ...lines]));
}

function header({ metadata, ...rest }: Release, now: Date, colors: Colors): string {
  const { phase = 'Pending' } = rest.status;
  const side = `  ${phase}  ${age(metadata.creationTimestamp, now)}`.trimEnd();
  const name = clip(shortName({ metadata, ...rest } as Release), WIDTH - side.length);
  const where = `  -n ${metadata.namespace}`;
  const fits = name.length + side.length + where.length <= WIDTH;
  return `${colors.bold(name)}  ${paintPhase(phase, colors)}${side.slice(phase.length + 2)}${fits ? colors.dim(where) : ''}`;
}

function said({ status, invalid, metadata }: Release): string[] {
  if (status.message === undefined || status.message === '') {
    return wrap('not looked at yet: is the operator running?', WIDTH, '  ');
  }
  const old = (status.observedGeneration ?? 0) < metadata.generation && invalid === undefined;
  return [
    // The operator that says so in its message has seen it.
    ...(status.phase === 'Invalid' ? [] : wrap(invalid ?? '', WIDTH, '  ')),
    ...wrap(status.message, WIDTH, '  '),
    ...(old ? ['  (the spec has changed since, and was not looked at yet)'] : []),
  ];
}

function rollbackLines({ rollback }: ReleaseStatus, now: Date, undo: (revision: string) => string): string[] {
  if (rollback === undefined) return [];
  const { from, to, guardrail, reason, proof, detectedAt, mode } = rollback;
  const spec = mode === 'RevertSpec' ? 'the spec was put back' : 'the spec was left alone';
  const why = `${guardrail === undefined ? '' : `${guardrail}: `}${reason}${proof === undefined ? '' : ` (${proof})`}`;
  return [
    `Taken back ${ago(detectedAt, now)}, ${spec}`,
    `  ${clipMiddle(from, 36)} → ${clipMiddle(to, 36)}`,
    ...wrap(why, WIDTH, '  '),
    ...wrapCommand(`undo: ${undo(from)}`, WIDTH, '  '),
  ];
}

function keptOut({ quarantined = [] }: ReleaseStatus, now: Date): string[] {
  if (quarantined.length === 0) return [];
  const rows = quarantined.map(({ revision, reason, at }) =>
    clip(`  ${clipMiddle(revision, 36)}  ${ago(at, now)}  ${plain(reason)}`, WIDTH),
  );
  return ['Kept out', ...rows];
}

function lastAction({ lastAction: last }: ReleaseStatus, now: Date): string[] {
  if (last === undefined) return [];
  const { verb, by, reason, at, result } = last;
  const who = `${by === undefined ? '' : ` by ${by}`}${reason === undefined ? '' : `: ${reason}`}`;
  return [`Last action, ${ago(at, now)}`, ...wrap(`${verb}${who}; ${result}`, WIDTH, '  ')];
}

/** A phase in the colour of what it asks of people. */
export function paintPhase(phase: string, colors: Colors): string {
  if (phase === 'Healthy') return colors.green(phase);
  return phase === 'RolledBack' || phase === 'Invalid' ? colors.red(phase) : colors.yellow(phase);
}
