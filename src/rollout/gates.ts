import { formatDuration } from '../lib/duration.ts';
import type { Draft, GateState } from './pass.ts';
import { rollBack } from './rollback.ts';
import { isOverdue, route } from './status.ts';
import { promote, start } from './transitions.ts';
import { askedBy, inBrackets } from './words.ts';

/** Letters that `status.rollback.guardrail` has room for. */
const MOST_NAME = 63;
/** And `status.quarantined[].reason`. */
const MOST_REASON = 1_000;

/**
 * One look at a candidate that is held against its gates: takes it back where one fails, lets it begin where all pass, and
 * says else what is waited for. It serves nobody meanwhile, whoever else wrote the status.
 */
export function evaluate(draft: Draft, candidate: string): void {
  const { input, status } = draft;
  const { settings } = input;
  status.elapsedMs = Math.round((status.elapsedMs ?? 0) + input.sinceLastMs);
  route(status, 0);
  if (draft.promote === 'full') return promote(draft, candidate, 'rollout');
  if (draft.promote === 'step') return start(draft, candidate);

  const states = settings.gates.map((suite) => stateOf(input.gates, suite));
  const failed = states.find(({ verdict }) => verdict === 'Fail');
  if (failed !== undefined) {
    const { suite, message } = failed;
    return rollBack(draft, {
      guardrail: `gate:${suite}`.slice(0, MOST_NAME),
      reason: message.slice(0, MOST_REASON),
      badCalls: 0,
    });
  }
  const overdue = isOverdue(status, settings);
  if (overdue && !settings.paused && settings.onInconclusive === 'Rollback') {
    return rollBack(draft, { reason: `no verdict within ${formatDuration(settings.deadlineMs)}` });
  }
  const waiting = states.filter(({ verdict }) => verdict === 'Waiting');
  if (waiting.length === 0 && !settings.paused) return start(draft, candidate);

  const left = waiting.map(({ suite, message }) => `${suite}: ${message}`).join('; ');
  if (settings.paused)
    return wait(draft, 'Paused', `paused by spec.rollout.paused${inBrackets(askedBy(input.paused))}`);
  if (!overdue) return wait(draft, 'Evaluating', left);
  wait(
    draft,
    'Paused',
    `the deadline of ${formatDuration(settings.deadlineMs)} has passed; promote or abort; ${left}`,
  );
}

function wait({ status }: Draft, phase: 'Evaluating' | 'Paused', why: string): void {
  status.phase = phase;
  status.message = `${status.candidateRevision} serves nobody yet; ${why}`;
}

function stateOf(states: readonly GateState[] = [], suite: string): GateState {
  return (
    states.find((each) => each.suite === suite) ?? { suite, verdict: 'Waiting', message: 'not asked yet' }
  );
}
