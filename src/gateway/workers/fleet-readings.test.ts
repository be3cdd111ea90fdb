import type { EvidenceReading } from '../../api/evidence.ts';
import type { Sample } from '../samples/sample.ts';
import type { TakenTraits } from '../samples/trait-book.ts';
import type { Family } from '../telemetry/otlp/metrics.ts';
import { NoAnswer } from './conversation.ts';
import type { Member } from './fleet.ts';
import { fleetReadings } from './fleet-readings.ts';

const gone = new NoAnswer('gone', 'the process has ended');
const late = new NoAnswer('late', 'no answer within 2500 ms');

/** A worker that answers what it is told to; an error is no answer. */
function member(worker: number, answers: Record<string, unknown>): Member & { asked: unknown[] } {
  const asked: unknown[] = [];
  return {
    worker,
    id: `${worker}.1`,
    asked,
    async ask(name, value) {
      asked.push(value);
      if (answers[name] instanceof Error) throw answers[name];
      return answers[name] as never;
    },
  };
}

const counter = (value: number): Family[] => [
  { name: 'calls_total', help: '.', type: 'counter', values: [{ labels: {}, value }] } as unknown as Family,
];
const readings = (...members: Member[]) =>
  fleetReadings({ serving: () => members }, async () => counter(0), false);
const reading = (replica: string): EvidenceReading => ({ replica, startId: 's', releases: [] });

test('evidence is a reading of each; one that has just ended is left out', async () => {
  const [one, two] = [member(1, { evidence: reading('g/1') }), member(2, { evidence: reading('g/2') })];
  expect(await readings(one, two).evidence(['u'])).toEqual([reading('g/1'), reading('g/2')]);
  expect(one.asked).toEqual([['u']]);
  expect(await readings(one, member(2, { evidence: gone })).evidence([])).toEqual([reading('g/1')]);
});

test('no reading where one that runs does not answer, or none serves: what is missing is not zero', async () => {
  const one = member(1, { evidence: reading('g/1') });
  await expect(readings(one, member(2, { evidence: late })).evidence([])).rejects.toThrow('no answer');
  await expect(readings(member(2, { evidence: gone })).evidence([])).rejects.toThrow('no worker serves');
  await expect(readings().evidence([])).rejects.toThrow('no worker serves');
});

test('of metrics the last that was told is taken of one that is late, and kept of one that has ended', async () => {
  const answers: Record<string, unknown>[] = [{ metrics: counter(3) }, { metrics: counter(4) }];
  let members = [member(1, answers[0]!), member(2, answers[1]!)];
  const { metrics } = fleetReadings({ serving: () => members }, async () => counter(0), false);
  const value = async () => /calls_total (\d+)/.exec((await metrics()).text)?.[1];
  expect(await value()).toBe('7');
  answers[0]!.metrics = counter(5);
  answers[1]!.metrics = late;
  expect(await value()).toBe('9');
  answers[1]!.metrics = gone;
  expect(await value()).toBe('9');
  members = [members[0]!, { ...member(2, { metrics: counter(1) }), id: '2.2' }];
  expect(await value()).toBe('10');
});

test('who asks at the same time shares one round', async () => {
  const one = member(1, { metrics: counter(3) });
  const { metrics } = readings(one);
  const texts = await Promise.all([metrics(), metrics()]);
  expect(texts[0]).toEqual(texts[1]);
  expect(one.asked).toHaveLength(1);
});

test('samples are taken up to so many, from another worker first each time', async () => {
  const of = (name: string, count: number) =>
    Array.from({ length: count }, () => ({ route: name }) as unknown as Sample);
  const members = [member(1, { samples: of('one', 2) }), member(2, { samples: of('two', 3) })];
  const { takeSamples } = readings(...members);
  expect(await takeSamples(2)).toEqual(of('one', 2));
  expect(await takeSamples(4)).toEqual([...of('two', 3), ...of('one', 2)]);
  expect(members.map(({ asked }) => asked)).toEqual([[2, 1], [4]]);
  const failing = readings(member(1, { samples: late }), member(2, { samples: of('two', 1) }));
  expect(await failing.takeSamples(9)).toEqual(of('two', 1));
  expect(await readings().takeSamples(9)).toEqual([]);
});

test('traits of all are taken; one that cannot be asked does not lose those of the others', async () => {
  const traits = (uid: string) => [{ uid } as TakenTraits];
  const all = readings(
    member(1, { traits: traits('a') }),
    member(2, { traits: gone }),
    member(3, { traits: traits('b') }),
  );
  expect(await all.takeTraits()).toEqual([...traits('a'), ...traits('b')]);
});
