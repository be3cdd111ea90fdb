import { Counter, type Registry } from 'prom-client';
import { OUTCOMES, type Outcome } from '../api/evidence.ts';
import type { RevisionLabels } from './series.ts';
import { gatheredCounter } from './telemetry/gathered-counter.ts';
import { exemplarHistogram } from './telemetry/histogram.ts';

const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const DIRECTIONS = ['input', 'output'] as const;
const UNPRICED = ['usage', 'price'] as const;
export const SAMPLED = ['kept', 'dropped', 'too_long'] as const;
const FEEDBACK = ['thumb_up', 'thumb_down', 'score'] as const;

/** The metrics that have series of each revision. `traced`: whether histograms have examples of calls. */
export function revisionFamilies(registry: Registry, traced: boolean) {
  const registers = [registry];
  const release = ['kind', 'namespace', 'release', 'revision'] as const;
  const name = (suffix: string) => `sluice_gateway_${suffix}`;

  const gathered = <V extends string>(suffix: string, help: string, label: string) => {
    const config = { name: name(suffix), help, labelNames: [...release, label], registers };
    return gatheredCounter<RevisionLabels, V>(config, label);
  };
  const calls = gathered<Outcome>(
    'calls_total',
    'Calls by the revision that answered and by outcome.',
    'outcome',
  );
  const tokens = gathered<(typeof DIRECTIONS)[number]>(
    'tokens_total',
    'Tokens as the provider reports them, those of copies in shadow included.',
    'direction',
  );
  const costs = gatheredCounter<RevisionLabels, undefined>(
    {
      name: name('cost_usd_total'),
      help: 'What calls have cost in USD, where tokens and price are known, those of copies in shadow included.',
      labelNames: release,
      registers,
    },
    undefined,
  );
  const unpriced = new Counter({
    name: name('calls_unpriced_total'),
    help: 'Calls and copies in shadow that a provider was at work on and whose cost is not known, by what of it is not.',
    labelNames: [...release, 'reason'],
    registers,
  });
  const histogram = (suffix: string, help: string) => {
    const config = { name: name(suffix), help, labelNames: release, buckets: SECONDS };
    return exemplarHistogram(registry, config, traced);
  };
  const duration = histogram('call_duration_seconds', 'Time from a call to the end of its answer.');
  const firstToken = histogram(
    'first_token_seconds',
    'Time from a streamed call to the first byte of its answer.',
  );
  const rescues = new Counter({
    name: name('rescues_total'),
    help: 'Calls that failed on the candidate named and were answered by stable.',
    labelNames: [...release, 'outcome'],
    registers,
  });
  const fallbacks = new Counter({
    name: name('fallbacks_total'),
    help: "Calls that were answered by another backend than the first of the revision's list, be that one passed over, too dear or failed.",
    labelNames: release,
    registers,
  });
  const copies = new Counter({
    name: name('shadow_copies_total'),
    help: 'Copies of calls that a revision in shadow answered, by outcome.',
    labelNames: [...release, 'outcome'],
    registers,
  });
  const skipped = new Counter({
    name: name('shadow_skipped_total'),
    help: 'Copies that were not sent: too many were under way, a daily budget was used up, or the call adds to a conversation that the provider keeps.',
    labelNames: release,
    registers,
  });
  const samples = new Counter({
    name: name('samples_total'),
    help: 'Answers drawn for suites to score; dropped: too many waited.',
    labelNames: [...release, 'result'],
    registers,
  });
  const feedback = new Counter({
    name: name('feedback_total'),
    help: 'Feedback by the revision that answered: thumbs, and scores of any value.',
    labelNames: [...release, 'feedback'],
    registers,
  });
  const found = new Counter({
    name: name('private_total'),
    help: 'What was found private in calls of a route, by kind and by what becomes of it; what comes twice counts twice.',
    labelNames: [...release, 'found', 'action'],
    registers,
  });
  /** Kinds and actions of each revision, since patterns are named by whoever writes the route. */
  const foundOf = new Map<RevisionLabels, Map<string, { found: string; action: string }>>();

  return {
    calls,
    tokens,
    costs,
    unpriced,
    duration,
    firstToken,
    rescues,
    fallbacks,
    copies,
    skipped,
    samples,
    feedback,
    /** Counts what was found of one kind, and what becomes of it. */
    found(labels: RevisionLabels, kind: string, action: string, count: number): void {
      const own = { found: kind, action };
      const known = foundOf.get(labels) ?? new Map<string, typeof own>();
      foundOf.set(labels, known);
      known.set(`${kind} ${action}`, own);
      found.inc({ ...labels, ...own }, count);
    },
    /** Removes all series of a revision. */
    remove(labels: RevisionLabels): void {
      for (const outcome of OUTCOMES) {
        calls.remove(labels, outcome);
        rescues.remove({ ...labels, outcome });
        copies.remove({ ...labels, outcome });
      }
      for (const said of FEEDBACK) feedback.remove({ ...labels, feedback: said });
      for (const result of SAMPLED) samples.remove({ ...labels, result });
      for (const direction of DIRECTIONS) tokens.remove(labels, direction);
      costs.remove(labels, undefined);
      for (const reason of UNPRICED) unpriced.remove({ ...labels, reason });
      duration.remove(labels);
      firstToken.remove(labels);
      fallbacks.remove(labels);
      skipped.remove(labels);
      for (const own of foundOf.get(labels)?.values() ?? []) found.remove({ ...labels, ...own });
      foundOf.delete(labels);
    },
  };
}
