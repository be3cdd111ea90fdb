import type { EvidenceReading } from '../../api/evidence.ts';
import type { AdminDeps } from '../admin.ts';
import type { Sample } from '../samples/sample.ts';
import { OPENMETRICS, openMetrics, plainText, wantsOpenMetrics } from '../telemetry/openmetrics.ts';
import type { Family } from '../telemetry/otlp/metrics.ts';
import { NoAnswer } from './conversation.ts';
import type { Fleet, Member } from './fleet.ts';
import { metricSums } from './metric-sums.ts';

/** Longest wait for a worker, in ms: whoever asks the primary waits for three seconds or more. */
const ANSWER_MS = 2_500;
const PLAIN = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * What the workers of a fleet tell, as one gateway. A worker that has ended is left out; that one does not answer in time
 * is no reading, but of metrics, where what it told last is taken.
 * @param own the metrics of the primary itself
 * @param traced whether metrics have examples, for those who ask for them
 */
export function fleetReadings(
  fleet: Pick<Fleet, 'serving'>,
  own: () => Promise<readonly Family[]>,
  traced: boolean,
): Omit<AdminDeps, 'ready'> {
  const sums = metricSums();
  let turn = 0;
  let reading: Promise<Family[]> | undefined;

  const families = async (): Promise<Family[]> => {
    const members = fleet.serving();
    const told = members.map(async (member) => {
      const answer = await answerOf(member, 'metrics');
      if (answer === 'gone') return [];
      return [{ id: member.id, ...(answer !== 'late' && { families: answer }) }];
    });
    const [primary, ...each] = await Promise.all([own(), ...told]);
    return sums.of([{ id: 'primary', families: primary }, ...each.flat()]);
  };

  return {
    async evidence(uids) {
      const read = await Promise.all(
        fleet.serving().map((member) =>
          member.ask('evidence', uids, ANSWER_MS).catch((error: unknown) => {
            if (error instanceof NoAnswer && error.why === 'gone') return undefined;
            throw error;
          }),
        ),
      );
      const there = read.filter((each): each is EvidenceReading => each !== undefined);
      if (there.length === 0) throw new Error('no worker serves');
      return there;
    },
    async takeSamples(most) {
      const taken: Sample[] = [];
      const members = fleet.serving();
      // Another is the first each time, lest the last ones' samples never come.
      const first = turn++ % Math.max(1, members.length);
      for (const member of [...members.slice(first), ...members.slice(0, first)]) {
        const left: number = most - taken.length;
        if (left > 0) taken.push(...(await member.ask('samples', left, ANSWER_MS).catch(() => [])));
      }
      return taken;
    },
    async takeTraits() {
      const taken = fleet.serving().map(({ ask }) => ask('traits', undefined, ANSWER_MS).catch(() => []));
      return (await Promise.all(taken)).flat();
    },
    async metrics(accept) {
      // Two rounds at a time could hand in an older reading after a newer one, and counts would fall.
      reading ??= families().finally(() => {
        reading = undefined;
      });
      const all = await reading;
      return traced && wantsOpenMetrics(accept)
        ? { text: openMetrics(all), type: OPENMETRICS }
        : { text: plainText(all), type: PLAIN };
    },
  };
}

async function answerOf(member: Member, name: 'metrics'): Promise<readonly Family[] | 'gone' | 'late'> {
  try {
    return await member.ask(name, undefined, ANSWER_MS);
  } catch (error) {
    return error instanceof NoAnswer && error.why === 'gone' ? 'gone' : 'late';
  }
}
