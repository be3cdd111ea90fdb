import { type Command, InvalidArgumentError, Option } from 'commander';
import type { RotatingFileOptions } from '../gateway/telemetry/rotating-file.ts';

/** Where call records go. Without a file: to standard output. */
export interface RecordFileOptions {
  recordFile?: string;
  /** In bytes. */
  recordFileSize: number;
  recordFiles: number;
}

const MIB = 2 ** 20;

export const addRecordFileOptions = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--record-file <file>',
        'file for the records of calls, of this process only; omitted: standard output',
      ).env('SLUICE_RECORD_FILE'),
    )
    .addOption(
      new Option('--record-file-size <size>', 'how large it may grow before it is put aside')
        .argParser(parseSize)
        .default(100 * MIB, '100Mi')
        .env('SLUICE_RECORD_FILE_SIZE'),
    )
    .addOption(
      new Option('--record-files <number>', 'how many there are at most: FILE, FILE.1, FILE.2 …')
        .argParser(parseFiles)
        .default(5)
        .env('SLUICE_RECORD_FILES'),
    );

/** The file that the options name, if they do. */
export function recordFileOf(options: RecordFileOptions): { recordFile?: RotatingFileOptions } {
  const { recordFile: path, recordFileSize: mostBytes, recordFiles: files } = options;
  return path === undefined ? {} : { recordFile: { path, mostBytes, files } };
}

const UNITS: Record<string, number> = { Ki: 1024, Mi: MIB, Gi: 1024 * MIB };

/** Reads `100Mi`, as Kubernetes writes sizes. @throws InvalidArgumentError for anything else. */
function parseSize(text: string): number {
  const [, digits, unit = ''] = /^([1-9][0-9]{0,5})(Ki|Mi|Gi)$/.exec(text) ?? [];
  if (digits === undefined) throw new InvalidArgumentError('write it as 64Ki, 100Mi or 1Gi.');
  return Number(digits) * UNITS[unit]!;
}

function parseFiles(text: string): number {
  const files = Number(text);
  if (/^[0-9]+$/.test(text) && files >= 2 && files <= 1000) return files;
  throw new InvalidArgumentError('give a number from 2 to 1000.');
}
