import { formatWithOptions } from 'node:util';
import { createColors } from 'picocolors';
import { type DestinationStream, type Logger, pino } from 'pino';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** The program's log on standard error: JSON lines, or lines for people where that is a terminal. */
export function createLog(level: LogLevel, stream: NodeJS.WriteStream = process.stderr): Logger {
  const target: DestinationStream = stream.isTTY
    ? { write: (line) => void stream.write(forPeople(line)) }
    : stream;
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, target);
}

/** Writes a line of another process's log as one of this one's; what is no JSON, such as the trace of a crash, as it is. */
export function passOn(line: string, stream: NodeJS.WriteStream = process.stderr): void {
  let shown = line;
  try {
    if (stream.isTTY) shown = forPeople(line);
  } catch {
    // It is no line of a log.
  }
  stream.write(shown);
}

// Only used where the log is a terminal.
const pc = createColors(!process.env.NO_COLOR);

const SHOWN: Record<number, string> = {
  20: pc.dim('debug'),
  30: pc.green('info '),
  40: pc.yellow('warn '),
  50: pc.red('error'),
};

/** One JSON line of pino's as `12:00:01 info  message field=value`. */
export function forPeople(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as { level: number; time: string; msg?: string };
  const rest = Object.entries(fields).map(([name, value]) => pc.dim(`${name}=${shown(value)}`));
  return `${[pc.dim(time.slice(11, 19)), SHOWN[level] ?? String(level), msg ?? '', ...rest].join(' ')}\n`;
}

const shown = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : formatWithOptions({ breakLength: Number.POSITIVE_INFINITY }, '%o', value);
