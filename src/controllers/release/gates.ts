import type { EvalRun } from '../../api/eval-suite.ts';
import { RELEASE_KINDS, type ReleaseKind, type Resource } from '../../api/resource.ts';
import type { ReleaseStatus } from '../../api/status.ts';
import type { GateState } from '../../rollout/pass.ts';
import { gatesOf } from '../../rollout/settings.ts';
import { isEvaluating } from '../../rollout/status.ts';
import type { Source } from '../../store/store.ts';

/** Names of the suites that a release has for gates. */
export function gatesOfRelease({ spec, invalid }: Resource<ReleaseKind>): readonly string[] {
  return invalid === undefined ? gatesOf(spec.rollout) : [];
}

/** The releases of its namespace that have a suite for a gate. */
export function releasesGatedBy(
  source: Pick<Source, 'list'>,
  suite: { namespace: string; name: string },
): Resource<ReleaseKind>[] {
  return RELEASE_KINDS.flatMap((kind) => source.list(kind) as readonly Resource<ReleaseKind>[]).filter(
    (each) => each.metadata.namespace === suite.namespace && gatesOfRelease(each).includes(suite.name),
  );
}

/** What the gates of a release say of the candidate that is held against them; nothing where none is. */
export function gateStates(
  source: Pick<Source, 'get'>,
  resource: Resource<ReleaseKind>,
  status: ReleaseStatus,
): GateState[] {
  if (!isEvaluating(status)) return [];
  return gatesOfRelease(resource).map((suite) => ({ suite, ...stateOf(source, resource, status, suite) }));
}

/** The run of a suite that is about the candidate under way, whatever came of it. */
export function gateRun(
  runs: readonly EvalRun[] = [],
  { kind, metadata: { name } }: Resource<ReleaseKind>,
  { attempt, candidateRevision, stableRevision }: ReleaseStatus,
): EvalRun | undefined {
  return runs.find(
    (run) =>
      run.purpose === 'Gate' &&
      run.kind === kind &&
      run.name === name &&
      run.attempt === attempt &&
      run.candidate?.revision === candidateRevision &&
      run.stable?.revision === stableRevision,
  );
}

function stateOf(
  source: Pick<Source, 'get'>,
  resource: Resource<ReleaseKind>,
  status: ReleaseStatus,
  name: string,
): Omit<GateState, 'suite'> {
  const suite = source.get('EvalSuite', resource.metadata.namespace, name);
  if (suite === undefined)
    return waiting(`EvalSuite ${name} does not exist; create it, or take it out of spec.rollout.gates`);
  if (suite.invalid !== undefined) return waiting(`EvalSuite ${name} is not valid: ${suite.invalid}`);
  const run = gateRun(suite.status.runs, resource, status);
  if (run === undefined) return waiting(whyNoRun(suite));
  return run.verdict === 'Error' ? waiting(run.message) : { verdict: run.verdict, message: run.message };
}

function whyNoRun({ status, metadata }: Resource<'EvalSuite'>): string {
  const stalled = status.conditions?.find(({ type }) => type === 'Stalled');
  if (stalled?.status === 'True') return stalled.message;
  return status.observedGeneration === metadata.generation
    ? 'being asked'
    : 'not asked yet; does the evaluator run?';
}

const waiting = (message: string): Omit<GateState, 'suite'> => ({ verdict: 'Waiting', message });
