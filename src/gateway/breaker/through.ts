import type { Attempt } from '../attempt.ts';
import type { BackendTarget } from '../table.ts';
import type { Breakers, Told } from './breakers.ts';

/** Asks a backend and tells its breaker what came of it; says whether that was its trial. */
export async function throughBreaker(
  breakers: Breakers | undefined,
  backend: BackendTarget,
  of: Omit<Told, 'trial'>,
  ask: () => Promise<Attempt>,
): Promise<{ made: Attempt; trial: boolean }> {
  if (breakers === undefined) return { made: await ask(), trial: false };
  const trial = breakers.begins(backend);
  let made: Attempt | undefined;
  try {
    made = await ask();
    return { made, trial };
  } finally {
    breakers.told(backend, made, { ...of, trial });
  }
}
