import type { Writable } from 'node:stream';
import { systemTimers } from '../../lib/timers.ts';
import type { CountStore } from '../../store/counts.ts';
import type { Gateway } from '../gateway.ts';
import type { GivenFeedback } from '../given.ts';
import { type Conversation, conversation, type Port } from './conversation.ts';
import { gathered } from './gathered.ts';
import type { OfPrimary, OfWorker, WorkerOrder } from './messages.ts';

/** What one of several processes needs to know, and what it shares with the others. */
export interface WorkerTask extends WorkerOrder {
  /** Where its call records go: to the primary, which writes them. */
  recordTo: Writable;
  /** The count of what calls cost that all workers share, in the memory of the primary. */
  budgetStore: CountStore;
  given: GivenFeedback;
}

/** A gateway that serves as a worker, and how to stop it with all that it stands on. */
export interface WorkerGateway {
  gateway: Gateway;
  stop(graceMs: number): Promise<void>;
}

/** How often the primary is asked what calls have cost over the other workers, in ms. */
const COUNTS_MS = 100;
/** Longest wait for the primary, in ms: it is on the same machine, and has little to do. */
const ANSWER_MS = 5_000;

/** Does what the primary asks for over `port`. `start` is called once; what it throws is told there. */
export function beWorker(port: Port, start: (task: WorkerTask) => Promise<WorkerGateway>): void {
  let serving: WorkerGateway | undefined;
  const gateway = (): Gateway => {
    if (serving === undefined) throw new Error('it does not serve yet');
    return serving.gateway;
  };
  const primary: Conversation<OfPrimary> = conversation<OfPrimary, OfWorker>(
    port,
    {
      async start(order) {
        serving = await start({
          ...order,
          recordTo: gathered(process.stdout),
          budgetStore: {
            everyMs: COUNTS_MS,
            exchange: (changes) => primary.ask('counts', changes, ANSWER_MS),
            close: async () => {},
          },
          given: { take: (call, kinds) => primary.ask('feedback', { call, kinds }, ANSWER_MS) },
        });
        return { url: serving.gateway.url };
      },
      async stop(graceMs) {
        await serving?.stop(graceMs);
        return undefined;
      },
      alive: () => true,
      evidence: (uids) => gateway().evidence(uids),
      metrics: () => gateway().families(),
      samples: (most) => gateway().takeSamples(most),
      traits: () => gateway().takeTraits(),
    },
    systemTimers,
  );
}
