import { nameOf } from '../../api/resource.ts';
import type { Variables } from '../../evaluator/manifest-source.ts';
import type { Progress } from '../../evaluator/run-suite.ts';
import { spendingUpTo } from '../../evaluator/spending.ts';
import type { AskedRelease } from '../../gateway/ask.ts';
import type { Log } from '../../lib/log.ts';
import type { Asks } from '../asks.ts';
import { completed } from '../cases.ts';
import { keyOf, type Side } from '../objects.ts';
import { resolveRelease } from '../release.ts';
import { measure } from './measure.ts';
import { askableSide } from './side.ts';
import { askSuite } from './suites.ts';

export interface AskingOptions {
  /** Whether calls are measured. */
  measure: boolean;
  /** Whether suites are asked. */
  evaluate: boolean;
  /** What all that is asked may cost together, in USD; omitted: anything. */
  maxUSD?: number | undefined;
  /** Where the values of Secrets are. Default `process.env`. */
  env?: Variables | undefined;
  log?: Log;
  /** Told after each question, and what it is about. */
  onProgress?: (about: string, progress: Progress) => void;
  /** Breaks off: what was not asked by then could not be told. */
  signal?: AbortSignal;
}

export interface Asking {
  /** For `CheckOptions.asking`. */
  asking(before: Side, after: Side): Asks;
  close(): Promise<void>;
}

/** Asks both sides over their own providers, with the keys that are in the environment. */
export function asksBoth(options: AskingOptions): Asking {
  const { env, log, signal, onProgress } = options;
  const spending = spendingUpTo(options.maxUSD, '--max-usd');
  const opened: { close(): Promise<void> }[] = [];

  function asking(before: Side, after: Side): Asks {
    const [base, head] = [
      askableSide(before, { label: 'base', env, ...(log && { log }) }),
      askableSide(after, { label: 'head', env, ...(log && { log }) }),
    ];
    opened.push(base, head);
    const isThere = ({ kind, namespace, name }: AskedRelease) =>
      before.objects.has(keyOf(kind, namespace, name));
    /** A base that cannot be served was not what is to be compared with either. */
    const comparable = async (release: AskedRelease) =>
      isThere(release) && 'revision' in (await base.made(release)) ? base : undefined;
    const promptOf = (side: Side, { kind, namespace, name }: AskedRelease) =>
      kind === 'PromptRelease' ? resolveRelease(side, keyOf(kind, namespace, name))?.prompt : undefined;
    const shared = (release: AskedRelease) => ({
      spending,
      signal,
      ...(onProgress && { onProgress: (at: Progress) => onProgress(nameOf(release), at) }),
    });

    return {
      spentUSD: spending.total,
      async idle(release) {
        const made = await head.made(release);
        if ('problem' in made) return { why: made.problem, untold: true };
        const same =
          (await comparable(release)) && (await base.identity(release)) === (await head.identity(release));
        return same
          ? { why: 'both sides ask the same of the same model: nothing was asked', untold: false }
          : undefined;
      },
      ...(options.measure && {
        async measure(release, cases) {
          const [old, now] = [promptOf(before, release), promptOf(after, release)];
          const questions = cases.map((each) => ({
            base: old ? { ...each, vars: completed(old, each) } : each,
            head: now ? { ...each, vars: completed(now, each) } : each,
          }));
          const against = await comparable(release);
          const sides = { head, ...(against && { base: against }) };
          return measure({ ...shared(release), release, cases: questions, sides });
        },
      }),
      ...(options.evaluate && {
        async evaluate(release, suites) {
          const against = await comparable(release);
          const results = [];
          for (const name of suites) {
            const suite = head.source.get('EvalSuite', release.namespace, name)!;
            results.push(
              await askSuite({
                ...shared(release),
                release,
                suite,
                head,
                base: against,
                ...(log && { log }),
              }),
            );
          }
          return results;
        },
      }),
    };
  }

  return {
    asking,
    async close() {
      await Promise.all(opened.map((each) => each.close()));
    },
  };
}
