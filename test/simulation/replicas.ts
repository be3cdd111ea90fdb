import type { EvidenceReading } from '../../src/api/evidence.ts';
import { bucketOf } from '../../src/lib/buckets.ts';
import { drawNormal, type Random } from '../../src/lib/random.ts';

type Buckets = Record<string, number>;

export interface Arm {
  revision: string;
  attempt: number;
  weight: number;
}

/** What one replica counts of one arm, in every field that there is. */
function counter(arm: Arm) {
  const values = (): Buckets => ({});
  const cell = {
    ...arm,
    outcomes: { success: 0, refusal: 0, upstream_5xx: 0, truncated: 0 },
    schemaChecked: 0,
    tools: { checked: 0, failed: 0 },
    thumbs: { given: 0, down: 0 },
    scores: values(),
    latency: values(),
    firstToken: values(),
    cost: values(),
    outputTokens: values(),
  };
  const count = (buckets: Buckets, bucket: number) => {
    buckets[bucket] = (buckets[bucket] ?? 0) + 1;
  };
  const around = (random: Random, median: number, spread: number) =>
    bucketOf(median * Math.exp(spread * drawNormal(random)));
  return {
    cell,
    serve(calls: number, random: Random) {
      for (let call = 0; call < calls; call++) {
        const luck = random();
        if (luck < 0.01) {
          cell.outcomes.upstream_5xx++;
          continue;
        }
        cell.outcomes[luck < 0.02 ? 'refusal' : luck < 0.03 ? 'truncated' : 'success']++;
        cell.schemaChecked++;
        if (random() < 0.3) cell.tools.checked++;
        if (random() < 0.1) cell.thumbs.given++;
        if (random() < 0.2) count(cell.scores, Math.floor(random() * 6));
        count(cell.latency, around(random, 900, 0.5));
        count(cell.firstToken, around(random, 250, 0.5));
        count(cell.cost, around(random, 4_000, 0.4));
        count(cell.outputTokens, around(random, 180, 0.4));
      }
    },
  };
}

/** Gateway replicas that count calls of all kinds, the same for both arms, for one release. */
export function replicasOf(uid: string, names: readonly string[], random: Random) {
  const replicas = names.map((replica) => ({ replica, cells: [] as ReturnType<typeof counter>[] }));
  return {
    /** Adds calls to an arm's cell on each replica. */
    serve(arm: Arm, callsEach: number): void {
      for (const { cells } of replicas) {
        let found = cells.find(({ cell }) => cell.revision === arm.revision && cell.weight === arm.weight);
        if (found === undefined) {
          found = counter(arm);
          cells.push(found);
        }
        found.serve(callsEach, random);
      }
    },
    readings: (): EvidenceReading[] =>
      replicas.map(({ replica, cells }) => ({
        replica,
        startId: `start-of-${replica}`,
        releases: [
          {
            uid,
            serving: { attempt: 0, weight: 0, stable: '', epoch: 1 },
            cells: cells.map(({ cell }) => structuredClone(cell)),
          },
        ],
      })),
  };
}
