import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from '../summary.ts';
import { badAnswers } from './bad-answers.ts';
import { detection } from './detection.ts';
import { evidence } from './evidence.ts';
import { falseRollbacks } from './false-rollbacks.ts';

/** Draws all pictures into a folder; needs the results of all scenarios. */
export async function draw(
  folder: string,
  results: readonly Result[],
  { seed, secondsPerTick }: { seed: number; secondsPerTick: number },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const pictures: Record<string, string> = {
    'false-rollbacks': falseRollbacks(results),
    'bad-answers': badAnswers(results),
    evidence: evidence(seed, secondsPerTick),
    detection: detection(results),
  };
  for (const [name, svg] of Object.entries(pictures)) await writeFile(join(folder, `${name}.svg`), svg);
}
