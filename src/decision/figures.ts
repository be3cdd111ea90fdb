import { isLatency } from '../api/guardrail.ts';
import { formatDuration } from '../lib/duration.ts';
import { formatPercent } from '../lib/percent.ts';
import type { JudgedGuardrail } from './case.ts';
import { CUSTOM_UNIT } from './custom.ts';

/** Two or three significant digits: more would only make the status flicker. */
export function formatFigure(value: number): string {
  if (value >= 1e6) return value.toExponential(1);
  if (value >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(2)));
}

/** A value of a guardrail in the unit that people read: `0.9%`, `0.87`, `1.2s`, `$0.0042`. */
export function formatValue(
  { method, metric }: Pick<JudgedGuardrail, 'method' | 'metric'>,
  value: number,
): string {
  if (method === 'rate') return formatPercent(value);
  if (method === 'score') return String(Number((1 - value).toFixed(2)));
  if (isLatency(metric)) {
    return value < 1_000 ? `${Math.round(value)}ms` : formatSeconds(value);
  }
  if (metric === 'CostPerCall') return `$${Number((value / 1e6).toPrecision(3))}`;
  return String(Number((metric === 'custom' ? value / CUSTOM_UNIT : value).toPrecision(3)));
}

/** A difference of shares: `+0.4 points`. */
export function formatPoints(share: number): string {
  return `${signed(share * 100)} points`;
}

/** A difference of logarithms, as a change: `+12%`. */
export function formatChange(log: number): string {
  return `${signed((Math.exp(log) - 1) * 100)}%`;
}

function signed(value: number): string {
  const rounded = Number(value.toFixed(Math.abs(value) < 10 ? 1 : 0));
  return rounded < 0 ? String(rounded) : `+${Math.abs(rounded)}`;
}

function formatSeconds(ms: number): string {
  return ms < 60_000 ? `${Number((ms / 1_000).toPrecision(2))}s` : formatDuration(ms);
}
