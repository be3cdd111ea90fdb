import type { Release } from './place.ts';

/** How a release stands, for scripts. 1 is an error, 2 a command line that is not understood. */
export const EXIT = { fine: 0, failed: 1, rolledBack: 3, paused: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Whether nothing more will happen by itself, and the spec was seen. */
export function hasEnded({ status, metadata }: Release): boolean {
  const seen = (status.observedGeneration ?? 0) >= metadata.generation;
  return seen && ['Healthy', 'RolledBack', 'Paused', 'Invalid'].includes(status.phase ?? '');
}

/** The exit code of a release as it stands: a rollout under way is fine. */
export function exitCodeOf({ status, invalid }: Release): ExitCode {
  if (invalid !== undefined || status.phase === 'Invalid') return EXIT.failed;
  if (status.phase === 'RolledBack') return EXIT.rolledBack;
  return status.phase === 'Paused' ? EXIT.paused : EXIT.fine;
}
