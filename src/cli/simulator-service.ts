import { openBehaviour } from '../simulator/behaviour-file.ts';
import type { RuleInput } from '../simulator/rule.ts';
import { startSimulator } from '../simulator/simulator.ts';
import type { Address } from './address.ts';
import { untilStopped } from './lifetime.ts';
import { createLog, type LogLevel } from './log.ts';
import { print } from './output.ts';

export interface SimulatorServiceOptions {
  listen: Address;
  /** File with the rules; undefined: `rules` are used. */
  behaviour?: string;
  rules: RuleInput[];
  key: string | undefined;
  seed?: number;
  logLevel: LogLevel;
}

/**
 * Serves a simulated provider until SIGTERM or SIGINT; its URL is the one line on standard output.
 * @throws Error for rules that are wrong or an address that is taken.
 */
export async function serveSimulator(options: SimulatorServiceOptions): Promise<void> {
  const { listen, behaviour, key, seed } = options;
  const log = createLog(options.logLevel);
  const file = behaviour === undefined ? undefined : await openBehaviour(behaviour);
  const simulator = await startSimulator({
    ...listen,
    rules: file?.rules ?? options.rules,
    ...(key !== undefined && { key }),
    ...(seed !== undefined && { seed }),
  });
  const stopWatching = file?.watch(simulator.setRules, log);
  print(`Provider simulator on ${simulator.baseURL} (seed ${simulator.seed})\n`);
  await untilStopped(async () => {
    stopWatching?.();
    await simulator.close();
  }, log);
}
