import { sentences } from '../lib/sentences.ts';
import type { ConditionNow } from './conditions.ts';
import type { ModelProviderSpec } from './model-provider.ts';

/** A model that its provider withdraws, of which people are told in good time. */
export interface Retirement {
  model: string;
  /** The first day (UTC) without it, as the ModelProvider says it. */
  on: string;
  retired: boolean;
}

export const WARNED_AHEAD_DAYS = 30;
const DAY_MS = 86_400_000;

/** The retirement of a model where it is at most 30 days ahead, or past; undefined else, and where no day is given. */
export function retirementOf(
  { models = [] }: ModelProviderSpec,
  model: string,
  now: Date,
): Retirement | undefined {
  const on = models.find(({ name }) => name === model)?.retiresOn;
  if (on === undefined) return undefined;
  const leftMs = Date.parse(on) - now.getTime();
  return leftMs <= WARNED_AHEAD_DAYS * DAY_MS ? { model, on, retired: leftMs <= 0 } : undefined;
}

/** How long until a model of the provider comes to be told of, or retires, in ms, a day at most; undefined where none will. */
export function nextRetirementMs({ models = [] }: ModelProviderSpec, now: Date): number | undefined {
  const moments = models
    .flatMap(({ retiresOn }) => (retiresOn === undefined ? [] : [Date.parse(retiresOn)]))
    .flatMap((at) => [at - WARNED_AHEAD_DAYS * DAY_MS, at])
    .map((at) => at - now.getTime())
    .filter((ms) => ms > 0);
  return moments.length === 0 ? undefined : Math.min(...moments, DAY_MS);
}

/** The condition of who is concerned, one sentence for each retirement; undefined where there is none. */
export function retiring(
  told: readonly { retirement: Retirement; sentence: string }[],
): ConditionNow | undefined {
  if (told.length === 0) return undefined;
  const reason = told.some(({ retirement }) => retirement.retired) ? 'Retired' : 'RetiresSoon';
  return { type: 'Retiring', status: 'True', reason, message: sentences(told.map((each) => each.sentence)) };
}
