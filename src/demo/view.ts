import { createColors } from 'picocolors';
import { frame, progressLine, type Scene } from './frame.ts';

/** Where the demo shows itself. */
export interface View {
  show(scene: Scene): void;
  /** Ends the live picture; what is said next goes below it. */
  say(lines: string[]): void;
}

/** Without a terminal, the same is said again only after this long, in ms. */
const REPEAT_MS = 5_000;

/** A picture redrawn in place on a terminal; lines of progress elsewhere. */
export function createView(
  stream: NodeJS.WriteStream,
  env: Record<string, string | undefined> = process.env,
): View {
  return stream.isTTY ? liveView(stream, !env.NO_COLOR) : plainView(stream);
}

function liveView(stream: NodeJS.WriteStream, coloured: boolean): View {
  const colors = createColors(coloured);
  let height = 0;
  return {
    show(scene) {
      const lines = frame(scene, colors).map((line) => clip(line, stream.columns));
      // Up to the top of the last picture, each line cleared as it is written, then all below.
      const up = height > 0 ? `\x1b[${height}A` : '';
      stream.write(`${up}${lines.map((line) => `\r${line}\x1b[K\n`).join('')}\x1b[J`);
      height = lines.length;
    },
    say(lines) {
      height = 0;
      stream.write(`${lines.join('\n')}\n`);
    },
  };
}

function plainView(stream: NodeJS.WritableStream): View {
  let last = '';
  let saidAt = Number.NEGATIVE_INFINITY;
  return {
    show(scene) {
      const { status, title, elapsedMs } = scene;
      const state = JSON.stringify([title, status.phase, status.traffic, status.step?.index]);
      if (state === last && elapsedMs - saidAt < REPEAT_MS) return;
      last = state;
      saidAt = elapsedMs;
      stream.write(`${progressLine(scene)}\n`);
    },
    say: (lines) => void stream.write(`${lines.join('\n')}\n`),
  };
}

/** A line that wraps would spoil the count of lines; colours take no room. */
function clip(line: string, columns = 80): string {
  let room = columns - 1;
  let clipped = '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is looked for.
  for (const [part] of line.matchAll(/\x1b\[[0-9;]*m|./gu)) {
    if (part.length > 2 && part.startsWith('\x1b')) clipped += part;
    else if (room-- > 0) clipped += part;
  }
  return clipped;
}
