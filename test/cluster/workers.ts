import type { SluiceProcess } from '../processes/process.ts';

/** The processes of the workers that serve, by their numbers, as the gateway's own log says. */
export const pidsOf = (gateway: SluiceProcess): Map<number, number> =>
  new Map(
    gateway
      .output()
      .split('\n')
      .filter((line) => line.includes('"the worker serves"'))
      .map((line) => JSON.parse(line) as { worker: number; pid: number })
      .map(({ worker, pid }) => [worker, pid]),
  );
