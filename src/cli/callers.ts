import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { Callers } from '../gateway/callers/caller.ts';
import { callersBy } from '../gateway/callers/callers.ts';
import { type KnownCallers, NOBODY, parseCallersFile } from '../gateway/callers/callers-file.ts';
import type { Review } from '../gateway/callers/reviewed.ts';
import { type Log, messageOf } from '../lib/log.ts';

/** Who may call. Without any of these everybody may. */
export interface CallersOptions {
  callersFile?: string;
}

export const addCallersFileOption = (command: Command): Command =>
  command.addOption(
    new Option(
      '--callers-file <file>',
      'hashed keys of callers and which namespaces they may use; read anew when it changes; without it, and without tokens, everybody may call',
    ).env('SLUICE_CALLERS_FILE'),
  );

const READ_EACH_MS = 2_000;

/**
 * Who may call, as the options say; undefined where everybody may. Callers must stop it.
 * @throws Error that names the file and the field where it cannot be read at first. Later what was read last goes on.
 */
export async function openCallers(
  { callersFile }: CallersOptions,
  log: Log,
  review?: Review,
): Promise<Callers | undefined> {
  if (callersFile === undefined && review === undefined) return undefined;
  let known: KnownCallers = NOBODY;
  let timer: NodeJS.Timeout | undefined;
  if (callersFile !== undefined) {
    let read = await readFile(callersFile, 'utf8').catch((error: unknown) => {
      throw new Error(`the callers' file cannot be read: ${messageOf(error)}`);
    });
    known = parsed(callersFile, read);
    timer = setInterval(async () => {
      try {
        const text = await readFile(callersFile, 'utf8');
        if (text === read) return;
        read = text;
        known = parsed(callersFile, text);
        log.info({ keys: known.keys.size }, "the callers' file was read anew");
      } catch (error) {
        log.error({ error: messageOf(error) }, "the callers' file cannot be used; the last one goes on");
      }
    }, READ_EACH_MS).unref();
  }
  const { identify } = callersBy({ known: () => known, ...(review && { review }) });
  return { identify, stop: () => clearInterval(timer) };
}

function parsed(path: string, text: string): KnownCallers {
  try {
    return parseCallersFile(text);
  } catch (error) {
    throw new Error(`${path}: ${messageOf(error)}`);
  }
}
