import type { CustomCounts, CustomHistograms } from '../../api/evidence.ts';
import { messageOf } from '../../lib/log.ts';
import type { Sample } from './answer.ts';
import { histogramsOf } from './histogram.ts';
import { queryFor } from './promql.ts';
import { countersOf } from './series.ts';
import type { Arms, CustomQueries } from './source.ts';

type Field = keyof CustomQueries['prometheus'];

/** Both revisions' metrics, as a reading has them. */
export type ReadArms = Record<keyof Arms, CustomCounts> | Record<keyof Arms, CustomHistograms>;

/**
 * Reads one guardrail. `ask` gives the vector of a query, the same instant's at every call.
 * @throws Error in words for a person, with the field that is at fault.
 */
export async function readGuardrail(
  prometheus: CustomQueries['prometheus'],
  arms: Arms,
  ask: (query: string) => Promise<Sample[]>,
): Promise<ReadArms> {
  const { candidate, stable } = arms;
  const read = async <T>(field: Field, revision: string, of: (samples: Sample[]) => T): Promise<T> => {
    try {
      return of(await ask(queryFor(prometheus[field] ?? '', revision)));
    } catch (error) {
      throw new Error(`${field}: ${messageOf(error)}`);
    }
  };

  if (prometheus.histogram !== undefined) {
    const [ours, theirs] = await inOrder([
      read('histogram', candidate, histogramsOf),
      read('histogram', stable, histogramsOf),
    ]);
    if (isEmpty(ours) && isEmpty(theirs)) throw noSeries('histogram', arms);
    return { candidate: { histograms: ours }, stable: { histograms: theirs } };
  }

  const [total, stableTotal, bad, stableBad] = await inOrder([
    read('total', candidate, countersOf),
    read('total', stable, countersOf),
    read('bad', candidate, countersOf),
    read('bad', stable, countersOf),
  ]);
  const counts = { candidate: { bad, total }, stable: { bad: stableBad, total: stableTotal } };
  if (isEmpty(total) && isEmpty(stableTotal)) throw noSeries('total', arms);
  for (const arm of ['candidate', 'stable'] as const) {
    if (isEmpty(counts[arm].total) && !isEmpty(counts[arm].bad)) {
      throw new Error(`total: no series of ${arms[arm]}, though bad has some: correct the query`);
    }
  }
  return counts;
}

/** Of several that fail it is always the first one that is told, so that what is shown does not flicker. */
async function inOrder<T extends readonly Promise<unknown>[] | []>(all: T) {
  await Promise.allSettled(all);
  return Promise.all(all);
}

function noSeries(field: Field, { candidate, stable }: Arms): Error {
  return new Error(
    `${field}: no series of ${candidate} or ${stable}: see that the metric is scraped, and has the revision in a label`,
  );
}

const isEmpty = (record: object): boolean => Object.keys(record).length === 0;
