import { messageOf } from '../../lib/log.ts';
import type { Timers } from '../../lib/timers.ts';

/** Where messages to another process go and come from. */
export interface Port {
  /** Sends a message; false where the other is not there any more. */
  send(message: object): boolean;
  listen(listener: (message: unknown) => void): void;
}

/** What may be asked, by name: what is told with the question, and what is answered. */
export type Questions<Q> = { [name in keyof Q]: { asked: unknown; answered: unknown } };

/** How questions are answered. One that throws fails for whoever asked, with the same words. */
export type Answers<Q extends Questions<Q>> = {
  [name in keyof Q]: (asked: Q[name]['asked']) => Q[name]['answered'] | Promise<Q[name]['answered']>;
};

/** Why no answer came. */
export class NoAnswer extends Error {
  /** `gone`: the other process has ended, or ends; `late`: it did not answer in time; `failed`: it said why. */
  readonly why: 'gone' | 'late' | 'failed';
  constructor(why: NoAnswer['why'], message: string) {
    super(message);
    this.name = 'NoAnswer';
    this.why = why;
  }
}

/** Questions and answers between two processes of one program. */
export interface Conversation<Q extends Questions<Q>> {
  /**
   * Asks the other process.
   * @param withinMs how long it may take; absent: as long as it likes
   * @throws NoAnswer
   */
  ask<N extends keyof Q & string>(
    name: N,
    asked: Q[N]['asked'],
    withinMs?: number,
  ): Promise<Q[N]['answered']>;
  /** Lets go of all that was asked: the other has ended. */
  end(): void;
}

interface Message {
  /** Tells these from whatever else goes over the same channel. */
  sluice: 'ask' | 'answer' | 'failure';
  id: number;
  name?: string;
  value?: unknown;
}

/** Speaks over a port, and answers what is asked over it. */
export function conversation<Out extends Questions<Out>, In extends Questions<In>>(
  port: Port,
  answers: Answers<In>,
  timers: Timers,
): Conversation<Out> {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let asked = 0;
  let ended = false;

  const answer = async ({ id, name = '', value }: Message): Promise<void> => {
    const reply = (sluice: Message['sluice'], told: unknown) => port.send({ sluice, id, value: told });
    try {
      const known = Object.hasOwn(answers, name) ? answers[name as keyof In] : undefined;
      if (known === undefined) throw new Error(`nobody answers to ${name}`);
      reply('answer', await known(value as In[keyof In]['asked']));
    } catch (error) {
      reply('failure', messageOf(error));
    }
  };

  port.listen((message) => {
    if (!isMessage(message)) return;
    if (message.sluice === 'ask') return void answer(message);
    const { id, sluice, value } = message;
    if (sluice === 'answer') waiting.get(id)?.resolve(value);
    else waiting.get(id)?.reject(new NoAnswer('failed', String(value)));
  });

  return {
    async ask(name, value, withinMs) {
      const id = ++asked;
      const result = Promise.withResolvers<unknown>();
      const late = () => result.reject(new NoAnswer('late', `no answer within ${withinMs} ms`));
      const cancel = withinMs === undefined ? () => {} : timers.after(withinMs, late);
      waiting.set(id, result);
      if (ended || !port.send({ sluice: 'ask', id, name, value }))
        result.reject(new NoAnswer('gone', 'the process has ended'));
      try {
        return await result.promise;
      } finally {
        cancel();
        waiting.delete(id);
      }
    },
    end() {
      ended = true;
      for (const { reject } of waiting.values()) reject(new NoAnswer('gone', 'the process has ended'));
    },
  };
}

const isMessage = (message: unknown): message is Message =>
  typeof message === 'object' && message !== null && 'sluice' in message && 'id' in message;
