import type { Rollout } from '../api/rollout.ts';
import type { ReleaseStatus } from '../api/status.ts';
import { formatDuration } from '../lib/duration.ts';
import { type PlannedStep, settingsOf } from '../rollout/settings.ts';
import { type Colors, WIDTH } from './text.ts';

const JOIN = ' ── ';

/** The steps in a row, with the one under way marked; nothing where no rollout is under way. */
export function drawSteps(
  { step, candidateRevision }: ReleaseStatus,
  rollout: Rollout | undefined,
  colors: Colors,
): string[] {
  if (step === undefined || candidateRevision === undefined) return [];
  const { strategy, steps } = settingsOf(rollout);
  const words = steps.map((each) => (strategy === 'Shadow' ? `copies ${wordOf(each)}` : wordOf(each)));
  const paused = step.weight === 0;
  const parts = words.map((word, index) => {
    if (index < step.index) return { text: `✔ ${word}`, paint: colors.green };
    if (index > step.index) return { text: `· ${word}`, paint: colors.dim };
    return { text: `${paused ? '‖' : '▶'} ${word}`, paint: colors.bold };
  });
  const lines: string[] = [];
  let room = 0;
  for (const { text, paint } of parts) {
    if (lines.length > 0 && text.length + JOIN.length <= room) {
      lines[lines.length - 1] += JOIN + paint(text);
      room -= text.length + JOIN.length;
      continue;
    }
    lines.push(`  ${paint(text)}`);
    room = WIDTH - 2 - text.length;
  }
  return [`${strategy === 'ABTest' ? 'A/B test' : 'Steps'}`, ...lines];
}

function wordOf(step: PlannedStep): string {
  if (step.kind === 'weight') return `${step.weight}%`;
  if (step.kind === 'bake') return `bake ${step.weight}%`;
  return step.durationMs === undefined ? 'pause' : `pause ${formatDuration(step.durationMs)}`;
}
