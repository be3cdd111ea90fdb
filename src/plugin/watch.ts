import { setTimeout as delay } from 'node:timers/promises';
import { hasEnded } from './exit-code.ts';
import { type Release, shortName } from './place.ts';
import { plain } from './text.ts';

/** Where a watch shows itself. */
export interface Screen {
  write(text: string): unknown;
  isTTY?: boolean;
  rows?: number;
}

export interface WatchOptions {
  look: () => Promise<Release>;
  draw: (release: Release) => string[];
  screen: Screen;
  /** Time between two looks, in ms. */
  everyMs?: number;
}

/** Redraws the release on a terminal, elsewhere says each change in a line, until its rollout ends. Resolves with it as it is then. */
export async function watchRelease({ look, draw, screen, everyMs = 1_000 }: WatchOptions): Promise<Release> {
  const show = screen.isTTY ? redraw(screen, draw) : tell(screen);
  for (;;) {
    const release = await look();
    show(release);
    if (hasEnded(release)) {
      if (!screen.isTTY) screen.write(`${draw(release).join('\n')}\n`);
      return release;
    }
    await delay(everyMs);
  }
}

function redraw(screen: Screen, draw: (release: Release) => string[]): (release: Release) => void {
  let height = 0;
  return (release) => {
    // What is higher than the terminal cannot be drawn over.
    const lines = draw(release).slice(0, Math.max(1, (screen.rows ?? 24) - 1));
    const up = height > 0 ? `\x1b[${height}A` : '';
    screen.write(`${up}${lines.map((line) => `\r${line}\x1b[K\n`).join('')}\x1b[J`);
    height = lines.length;
  };
}

function tell(screen: Screen): (release: Release) => void {
  let last = '';
  return (release) => {
    const { phase = 'Pending', step, message = '', guardrails = [] } = release.status;
    const verdicts = guardrails.map(({ name, verdict }) => [name, verdict]);
    const state = JSON.stringify([phase, step?.index, step?.weight, verdicts]);
    if (state === last) return;
    last = state;
    screen.write(`${shortName(release)}  ${phase}  ${plain(message)}\n`);
  };
}
