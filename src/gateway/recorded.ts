import { costOf } from '../cost/cost.ts';
import type { Answer } from './answer.ts';
import { hasWorked } from './budgets/spent.ts';
import { routeArm } from './draw.ts';
import { keptContent } from './privacy/kept-content.ts';
import type { Received } from './receive.ts';
import type { CallRecord } from './record.ts';
import type { Tried } from './tries.ts';

/** What is not of one try: whose call it was, which arm that is, and what else was tried. */
type OfTheCall = 'id' | 'at' | 'entry' | 'revision' | 'arm' | 'latencyMs' | 'rescued' | 'degraded' | 'tries';

/** What a record says of the try that was served, and of what came of it. `begun` is when the call began. */
export function recordedOf(
  { endpoint, draw, last, sent, promptHash, secrets, hit }: Tried,
  { status, outcome, answer: said, firstTokenAt }: Received,
  begun: number,
): Omit<CallRecord, OfTheCall> {
  const { backend } = last;
  const { entry } = draw.route;
  const arm = routeArm(draw);
  const answer = hit === undefined ? said : said && free(said);
  const cost = hit === undefined ? costOf(backend?.price, answer?.usage) : 0;
  const unpriced = cost === undefined && !endpoint.free && hasWorked(backend, answer, outcome);
  return {
    route: { name: entry.name, revision: arm.revision },
    backend,
    operation: endpoint.operation,
    parameters: plainParameters(sent),
    messages: endpoint.asked(sent),
    promptHash,
    unlogged: entry.logContent === 'None',
    kept: keptContent(entry, secrets),
    stream: sent.stream === true,
    status,
    outcome,
    answer,
    cost,
    cacheAgeMs: hit?.ageMs,
    unpriced: unpriced ? (backend?.price === undefined ? 'price' : 'usage') : undefined,
    firstTokenMs: firstTokenAt === undefined ? undefined : firstTokenAt - begun,
    fallback: last.kind !== 'failure' && backend !== arm.backends[0],
  };
}

/** An answer that was given again: the tokens that it tells of were used, and paid for, the first time. */
const free = ({ usage: _, ...answer }: Answer): Answer => answer;

const MOST_PARAMETERS = 50;
const LONGEST_NAME = 64;

/** Numbers and switches only, and as many as an API may have: text may be a caller's own and is no parameter. */
function plainParameters(sent: Record<string, unknown>): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  let count = 0;
  for (const name in sent) {
    const value = sent[name];
    if (typeof value !== 'number' && typeof value !== 'boolean') continue;
    if (name.length > LONGEST_NAME || !/^\w+$/.test(name)) continue;
    if (++count > MOST_PARAMETERS) break;
    plain[name] = value;
  }
  return plain;
}
