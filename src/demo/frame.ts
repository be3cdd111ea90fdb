import type { createColors } from 'picocolors';
import type { GuardrailStatus, ReleaseStatus } from '../api/status.ts';
import { formatDuration } from '../lib/duration.ts';

/** What one picture of the demo shows. */
export interface Scene {
  /** What is being done, in one line. */
  title: string;
  elapsedMs: number;
  status: ReleaseStatus;
  /** Short names that people know the revisions by: v1, v2, v3. */
  names: ReadonlyMap<string, string>;
  /** Calls per second, by revision and of all. */
  rate: (revision?: string) => number;
  total: { calls: number; bad: number; errors: number };
}

type Colors = ReturnType<typeof createColors>;

const BAR = 40;

/** The lines of the live view. */
export function frame(scene: Scene, colors: Colors): string[] {
  const { status, names, rate, total } = scene;
  const { phase = 'Pending', step, message = '' } = status;
  const at = step?.progress !== undefined ? `   step ${step.progress}` : '';
  return [
    `${colors.bold('Sluice')}  ${scene.title}${colors.dim(`  ${formatDuration(scene.elapsedMs)}`)}`,
    '',
    `  support-triage   ${paintPhase(phase, colors)}${at}   ${rate().toFixed(0)} calls/s`,
    '',
    ...weights(status).map(({ revision, weight, role }) => {
      const paint = role === 'candidate' ? colors.yellow : colors.green;
      const bar = '█'.repeat(Math.round((weight / 100) * BAR)).padEnd(BAR, '·');
      const name = `${names.get(revision) ?? '  '} ${revision}`;
      return `  ${role.padEnd(10)}${name.padEnd(32)}${paint(bar)} ${String(weight).padStart(3)} %  ${rate(revision).toFixed(1).padStart(5)}/s`;
    }),
    '',
    ...guardrailTable(status.guardrails ?? [], colors),
    `  ${message}`,
    '',
    colors.dim(`  callers have had ${total.calls} answers: ${total.bad} bad, ${total.errors} errors`),
  ];
}

/** One line of progress, for where nothing can be redrawn. */
export function progressLine(scene: Scene): string {
  const { status, names, total } = scene;
  const split = weights(status).map(
    ({ revision, weight }) => `${names.get(revision) ?? revision} ${weight} %`,
  );
  const parts = [status.phase ?? 'Pending', split.join(', '), status.message ?? ''].filter(
    (part) => part !== '',
  );
  return `${formatDuration(scene.elapsedMs).padStart(5)}  ${scene.title}: ${parts.join(' · ')} (${total.calls} calls, ${total.bad} bad)`;
}

/** Who serves how much: stable first. */
function weights({ traffic = [], stableRevision, candidateRevision }: ReleaseStatus) {
  const split = traffic.length > 0 || !stableRevision ? traffic : [{ revision: stableRevision, weight: 100 }];
  return split
    .map((each) => ({ ...each, role: each.revision === candidateRevision ? 'candidate' : 'stable' }))
    .sort((a, b) => b.role.localeCompare(a.role));
}

function guardrailTable(guardrails: readonly GuardrailStatus[], colors: Colors): string[] {
  if (guardrails.length === 0) return [];
  const cells = (parts: string[]) =>
    parts.map((part, index) => part.padEnd([16, 14, 20, 18, 18][index]!)).join('');
  return [
    colors.dim(`  ${cells(['guardrail', 'verdict', 'evidence', 'stable', 'candidate'])}`),
    ...guardrails.map(({ name, verdict, evidence, threshold, stable, candidate }) => {
      const proof = evidence === undefined ? '' : `${evidence} of ${threshold ?? '?'}`;
      const line = cells([name, verdict, proof, sample(stable), sample(candidate)]);
      return `  ${verdict === 'Fail' ? colors.red(line) : line}`;
    }),
    '',
  ];
}

const sample = (from: GuardrailStatus['stable']): string =>
  from === undefined ? '' : `${from.value ?? '–'} of ${from.calls ?? 0}`;

function paintPhase(phase: string, colors: Colors): string {
  if (phase === 'Healthy') return colors.green(phase);
  return phase === 'RolledBack' || phase === 'Invalid' ? colors.red(phase) : colors.yellow(phase);
}
