import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import type { CountStore } from '../store/counts.ts';
import { redisCounts } from '../store/redis/counts.ts';
import { UsageError } from './usage-error.ts';

/** Where gateways share what their calls have cost, and how they sign in there. */
export interface BudgetStoreOptions {
  budgetStore?: string;
  budgetStoreUser?: string;
  budgetStorePasswordFile?: string;
}

export const addBudgetStoreOptions = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--budget-store <url>',
        'Valkey or Redis in which all replicas share one count of what calls cost, e.g. rediss://valkey:6379; omitted: each counts alone',
      ).env('SLUICE_BUDGET_STORE'),
    )
    .addOption(new Option('--budget-store-user <name>', 'user of that store').env('SLUICE_BUDGET_STORE_USER'))
    .addOption(
      new Option(
        '--budget-store-password-file <file>',
        'its password, read anew at each connection; or SLUICE_BUDGET_STORE_PASSWORD in the environment',
      ).env('SLUICE_BUDGET_STORE_PASSWORD_FILE'),
    );

/**
 * Checks the address of a store: `redis://` or `valkey://`, over TLS `rediss://` or `valkeys://`, and a number of a database
 * as its path.
 * @throws UsageError for anything else, without what was given: it may hold credentials, which argv is no place for.
 */
export function checkStoreUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.username !== '' || url.password !== '')) {
    throw new UsageError(
      'leave user and password out of --budget-store: see --budget-store-user and --budget-store-password-file',
    );
  }
  const known = url !== undefined && /^(redis|valkey)s?:$/.test(url.protocol) && url.hostname !== '';
  if (known && /^\/?\d*$/.test(url.pathname) && url.search === '' && url.hash === '') return;
  throw new UsageError('write --budget-store as redis://HOST:PORT, or rediss://HOST:PORT for TLS');
}

/**
 * The store that the options name; undefined where they name none. It connects in the background: a gateway starts without it.
 * @throws UsageError where the address is none, Error naming the file where its password cannot be read.
 */
export async function openBudgetStore(
  { budgetStore: url, budgetStoreUser: username, budgetStorePasswordFile: file }: BudgetStoreOptions,
  env: NodeJS.ProcessEnv = process.env,
): Promise<CountStore | undefined> {
  if (url === undefined) return undefined;
  checkStoreUrl(url);
  const given = env.SLUICE_BUDGET_STORE_PASSWORD;
  const password = file === undefined ? given && (async () => given) : () => read(file);
  // One that is missing at the start is a mistake; one that goes later is said with the connection's errors.
  if (file !== undefined) await read(file);
  return redisCounts({ url, ...(username !== undefined && { username }), ...(password && { password }) });
}

async function read(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Error(`the password of the budget store cannot be read: ${path}: ${error.code}`);
  });
  return text.replace(/\r?\n$/, '');
}
