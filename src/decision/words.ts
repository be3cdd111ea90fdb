import { isLatency, type RateMetric } from '../api/guardrail.ts';
import { formatDuration } from '../lib/duration.ts';
import { formatPercent } from '../lib/percent.ts';
import type { JudgedGuardrail, ShiftGuarded } from './case.ts';
import { formatFigure, formatValue } from './figures.ts';
import type { GuardrailVerdict, Sample } from './verdict.ts';

const BAD_WORDS: Record<RateMetric | 'custom', string> = {
  ErrorRate: 'failed',
  RefusalRate: 'refused',
  SchemaFailureRate: 'broke the schema',
  TruncationRate: 'were cut short',
  NegativeFeedbackRate: 'got a thumbs-down',
  ToolErrorRate: 'called a tool wrongly',
  custom: 'were bad',
};

const VALUE_WORDS: Record<ShiftGuarded['metric'], string> = {
  Latency: 'typically took',
  FirstTokenLatency: 'typically began after',
  CostPerCall: 'typically cost',
  OutputTokens: 'typically answered with',
  custom: 'typically were at',
};

/** What a failed guardrail has seen, and against what: `7 of 31 refused, stable 4 of 590`. */
export function reasonOf(guardrail: JudgedGuardrail, verdict: GuardrailVerdict): string {
  const limit = verdict.aboveLimit ? `, above the limit of ${limitWords(guardrail)}` : '';
  return `${seen(guardrail, verdict)}${limit}`;
}

/** With what risk a guardrail failed: `evidence 240, 133 needed at a risk of 5%`. */
export function proofOf({ evidence, threshold }: GuardrailVerdict, risk: number): string {
  return `evidence ${formatFigure(evidence)}, ${formatFigure(threshold)} needed at a risk of ${formatPercent(risk)}`;
}

/** What is missing until a guardrail passes, and how long that will take at the rate of this step's calls (per s). */
export function missingWords(calls: number, callsPerSecond: number | undefined): string {
  const words = `about ${formatFigure(calls)} more calls to show it is not worse`;
  if (callsPerSecond === undefined || callsPerSecond <= 0) return words;
  const seconds = calls / callsPerSecond;
  // Rounded, since it is a guess: whole minutes from two minutes on.
  const ms = seconds < 120 ? seconds * 1_000 : Math.round(seconds / 60) * 60_000;
  return `${words}, ${formatDuration(Math.max(1_000, ms))} at this rate`;
}

function seen(guardrail: JudgedGuardrail, { candidate, stable }: GuardrailVerdict): string {
  if (guardrail.method === 'rate') {
    const words = BAD_WORDS[guardrail.metric];
    return `${candidate.bad} of ${candidate.calls} ${words}, stable ${stable.bad} of ${stable.calls}`;
  }
  const unit = guardrail.metric === 'OutputTokens' ? ' tokens' : '';
  const arm = ({ calls, value }: Sample) =>
    value === undefined ? 'none' : `${formatValue(guardrail, value)}${unit} over ${calls}`;
  const words = guardrail.method === 'score' ? 'scored' : VALUE_WORDS[guardrail.metric];
  return `${words} ${arm(candidate)}, stable ${arm(stable)}`;
}

function limitWords(guardrail: JudgedGuardrail): string {
  const words = formatValue(guardrail, guardrail.limit ?? 0);
  if (guardrail.method !== 'shift') return words;
  const { metric } = guardrail;
  return isLatency(metric) ? `${words} for 95 of 100 calls` : `${words} on average`;
}
