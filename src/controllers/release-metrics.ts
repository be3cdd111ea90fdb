import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { isReleaseKind, nameOf, RELEASE_KINDS, type ReleaseKind, type Resource } from '../api/resource.ts';
import type { Store } from '../store/store.ts';

const OF_RELEASE = ['kind', 'namespace', 'release'] as const;
const SECONDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60];

/**
 * Metrics of each release, as the store has them: where it stands, how far its rollout is, and what was taken back. Only
 * who leads has any, so that two operators do not count everything twice. Returns how to stop listening to the store.
 */
export function releaseMetrics(
  registry: Registry,
  store: Pick<Store, 'list' | 'get' | 'subscribe'>,
  leads: () => boolean,
): () => void {
  const registers = [registry];
  const releases = (): Resource<ReleaseKind>[] =>
    leads() ? RELEASE_KINDS.flatMap((kind): Resource<ReleaseKind>[] => [...store.list(kind)]) : [];
  const gauge = (
    name: string,
    help: string,
    labels: readonly string[],
    set: (gauge: Gauge, release: Resource<ReleaseKind>) => void,
  ) =>
    new Gauge({
      name: `sluice_release_${name}`,
      help,
      labelNames: [...OF_RELEASE, ...labels],
      registers,
      collect() {
        this.reset();
        for (const release of releases()) set(this, release);
      },
    });

  gauge('phase', 'Where each release stands: 1 for its phase.', ['phase'], (each, release) => {
    const { phase } = release.status;
    if (phase !== undefined) each.set({ ...labelsOf(release), phase }, 1);
  });
  gauge('candidate_weight_percent', 'Share of calls that the candidate gets.', [], (each, release) => {
    const { candidateRevision, step } = release.status;
    if (candidateRevision !== undefined) each.set(labelsOf(release), step?.weight ?? 0);
  });
  gauge('rollout_started_timestamp_seconds', 'When the rollout under way began.', [], (each, release) => {
    const { candidateRevision, startedAt } = release.status;
    if (candidateRevision !== undefined && startedAt !== undefined)
      each.set(labelsOf(release), Date.parse(startedAt) / 1000);
  });
  gauge(
    'guardrail',
    'What each guardrail says of the candidate: 1 for its verdict.',
    ['guardrail', 'verdict'],
    (each, release) => {
      if (release.status.candidateRevision === undefined) return;
      for (const { name, verdict } of release.status.guardrails ?? [])
        each.set({ ...labelsOf(release), guardrail: name, verdict }, 1);
    },
  );

  return countRollbacks(registry, store, leads);
}

/** Counts what is taken back while this process leads and looks on. */
function countRollbacks(
  registry: Registry,
  store: Pick<Store, 'get' | 'subscribe'>,
  leads: () => boolean,
): () => void {
  const registers = [registry];
  const rollbacks = new Counter({
    name: 'sluice_rollbacks_total',
    help: 'Candidates that were taken back, by the guardrail that failed; none where a person aborted.',
    labelNames: [...OF_RELEASE, 'guardrail'],
    registers,
  });
  const seconds = new Histogram({
    name: 'sluice_rollback_seconds',
    help: 'From when the evidence sufficed to when every gateway served stable only.',
    buckets: SECONDS,
    registers,
  });
  const seen = new Map<string, { detectedAt?: string; servedAt?: string; guardrails: Set<string> }>();

  return store.subscribe((change) => {
    if (!isReleaseKind(change.kind)) return;
    const key = `${change.kind}/${nameOf(change)}`;
    const labels = { kind: change.kind, namespace: change.namespace, release: change.name };
    const before = seen.get(key);
    const release = store.get(change.kind, change.namespace, change.name);
    if (release === undefined) {
      for (const guardrail of before?.guardrails ?? []) rollbacks.remove({ ...labels, guardrail });
      seen.delete(key);
      return;
    }
    const { detectedAt, servedAt, guardrail = 'none' } = release.status.rollback ?? {};
    const guardrails = before?.guardrails ?? new Set<string>();
    seen.set(key, { guardrails, ...(detectedAt && { detectedAt }), ...(servedAt && { servedAt }) });
    // What was there at the first look happened before.
    if (before === undefined || detectedAt === undefined || !leads()) return;
    const isNew = detectedAt !== before.detectedAt;
    if (isNew) {
      guardrails.add(guardrail);
      rollbacks.inc({ ...labels, guardrail });
    }
    if (servedAt !== undefined && (isNew || before.servedAt === undefined))
      seconds.observe((Date.parse(servedAt) - Date.parse(detectedAt)) / 1000);
  });
}

const labelsOf = ({ kind, metadata }: Resource<ReleaseKind>) => ({
  kind,
  namespace: metadata.namespace,
  release: metadata.name,
});
