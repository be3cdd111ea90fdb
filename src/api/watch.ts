import type { Resource } from './resource.ts';

/** `schedule.watch` of a suite with its defaults. */
export interface Watch {
  share: string;
  window: string;
  variables: readonly string[];
}

/** What a suite watches of live calls; undefined where it watches none, or its spec is broken. */
export function watchOf({
  spec,
  invalid,
}: Pick<Resource<'EvalSuite'>, 'spec' | 'invalid'>): Watch | undefined {
  const watch = invalid === undefined ? spec.schedule?.watch : undefined;
  if (watch === undefined) return undefined;
  const { share = '10%', window = '24h', variables = [] } = watch;
  return { share, window, variables };
}
