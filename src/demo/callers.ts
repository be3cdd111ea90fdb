import { Agent } from 'undici';
import type { Seen, Tally } from './tally.ts';

/** Callers that send whatever comes back: a new one each time, at a steady rate, however slow the answers are. */
export interface Callers {
  /** Sends no more, and waits for the answers under way. */
  stop(): Promise<void>;
}

export interface CallersOptions {
  /** Where the gateway is: `http://127.0.0.1:8080`. */
  url: string;
  model: string;
  perSecond: number;
  tally: Tally;
  /** Monotonic clock, in ms. */
  now: () => number;
}

const TICKETS = [
  'I was charged twice this month.',
  'The app closes when I open a photo.',
  'How do I change my address?',
  'My parcel has not arrived.',
  'Please cancel my subscription.',
];

/** Revision that an answer is booked under where none is named. */
const NOBODY = '';

export function startCallers({ url, model, perSecond, tally, now }: CallersOptions): Callers {
  const agent = new Agent({ connections: 64, keepAliveTimeout: 30_000 });
  const under = new Set<Promise<void>>();
  const began = now();
  let sent = 0;

  async function call(number: number): Promise<void> {
    const { revision, seen } = await ask(number).catch(() => ({ revision: NOBODY, seen: 'error' as const }));
    tally.add(revision, seen, now());
  }

  async function ask(number: number): Promise<{ revision: string; seen: Seen }> {
    const { statusCode, headers, body } = await agent.request({
      origin: url,
      path: '/v1/chat/completions',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model,
        user: `caller-${number}`,
        messages: [{ role: 'user', content: TICKETS[number % TICKETS.length] }],
      }),
      headersTimeout: 10_000,
      bodyTimeout: 10_000,
    });
    const text = await body.text();
    const revision = String(headers['x-sluice-revision'] ?? NOBODY);
    return { revision, seen: statusCode === 200 ? judge(text) : 'error' };
  }

  const timer = setInterval(() => {
    // By the clock rather than by the tick: a timer that comes late is made up for.
    const due = Math.floor(((now() - began) * perSecond) / 1000);
    while (sent < due) {
      const answered = call(sent++).finally(() => under.delete(answered));
      under.add(answered);
    }
  }, 20);

  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(under);
      await agent.close();
    },
  };
}

/** What the feature behind these callers needs: JSON that names a queue. Anything else is of no use to it. */
export function judge(body: string): Seen {
  try {
    const answer = JSON.parse(body) as { choices?: { message?: { content?: string | null } }[] };
    const triage = JSON.parse(answer.choices?.[0]?.message?.content ?? '') as { queue?: unknown };
    return typeof triage.queue === 'string' ? 'good' : 'bad';
  } catch {
    return 'bad';
  }
}
