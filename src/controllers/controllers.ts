import {
  isOperatorKind,
  nameOf,
  OPERATOR_KINDS,
  type OperatorKind,
  type ReleaseKind,
} from '../api/resource.ts';
import type { CustomSource } from '../evidence/prometheus/source.ts';
import type { EvidenceSource } from '../evidence/source.ts';
import { type Log, silentLog } from '../lib/log.ts';
import type { Change, Store } from '../store/store.ts';
import { type Clock, systemClock } from './clock.ts';
import { providerReconciler } from './model-provider/reconcile.ts';
import { modelRouteRules } from './model-route/rules.ts';
import { promptReleaseRules } from './prompt-release/rules.ts';
import { assessor } from './release/assess.ts';
import { releasesGatedBy } from './release/gates.ts';
import { releaseReconciler } from './release/reconcile.ts';
import { type Controller, type ControllerOptions, runController } from './runner.ts';

export interface ControllersOptions {
  store: Store;
  evidence: EvidenceSource;
  /** Where guardrails of the users' own are read. Default: nowhere, and they have no data. */
  custom?: CustomSource;
  /** Where scores of live answers are read. Default: nowhere, and guardrails on suites have no data. */
  scores?: EvidenceSource;
  log?: Log;
  clock?: Clock;
  queue?: ControllerOptions['queue'];
  onPass?: ControllerOptions['onPass'];
}

export interface Controllers {
  /** Keys whose pass is due and has not begun, over all controllers. */
  depth(): number;
  /** Whether no pass runs or is due now. */
  idle(): boolean;
  stop(): Promise<void>;
}

/** Starts a controller for each kind that the operator reconciles over `store`, once it has been read; whatever changes is looked at. */
export function startControllers(options: ControllersOptions): Controllers {
  const { store, evidence, custom, scores, log = silentLog, clock = systemClock } = options;
  const { queue, onPass } = options;
  const assess = assessor({ evidence, custom, scores, source: store, clock });
  const common = { log, ...(queue && { queue }), ...(onPass && { onPass }) };
  const controllers: Record<OperatorKind, Controller> = {
    PromptRelease: runController({
      name: 'PromptRelease',
      reconcile: releaseReconciler({ rules: promptReleaseRules(store), store, assess, clock, log }),
      ...common,
    }),
    ModelRoute: runController({
      name: 'ModelRoute',
      reconcile: releaseReconciler({ rules: modelRouteRules(store), store, assess, clock, log }),
      ...common,
    }),
    ModelProvider: runController({
      name: 'ModelProvider',
      reconcile: providerReconciler({ store, clock }),
      ...common,
    }),
  };

  const onChange = (change: Change) => {
    if (change.kind === 'Revision')
      return controllers[change.owner.kind].enqueue(
        nameOf({ namespace: change.namespace, name: change.owner.name }),
      );
    if (isOperatorKind(change.kind)) controllers[change.kind].enqueue(nameOf(change));
    for (const { kind, key } of dependents(store, change)) controllers[kind].enqueue(key);
  };
  const unsubscribe = store.subscribe(onChange);
  const all = Object.values(controllers);
  let stopped = false;
  void store.synced().then(() => {
    if (stopped) return;
    for (const kind of OPERATOR_KINDS) {
      for (const { metadata } of store.list(kind)) controllers[kind].enqueue(nameOf(metadata));
    }
  });

  return {
    depth: () => all.reduce((sum, controller) => sum + controller.depth(), 0),
    idle: () => all.every((controller) => controller.idle()),
    async stop() {
      stopped = true;
      unsubscribe();
      await Promise.all(all.map((controller) => controller.stop()));
    },
  };
}

/** What refers to the object that changed, and may now be served, or no longer. */
function dependents(store: Store, change: Change): { kind: ReleaseKind; key: string }[] {
  if (change.kind === 'EvalSuite') {
    return releasesGatedBy(store, change).map(({ kind, metadata }) => ({ kind, key: nameOf(metadata) }));
  }
  if (change.kind === 'ModelProvider') {
    return store
      .list('ModelRoute')
      .filter(
        ({ metadata, spec, invalid }) =>
          invalid === undefined &&
          metadata.namespace === change.namespace &&
          spec.backends.some(({ providerRef }) => providerRef.name === change.name),
      )
      .map(({ metadata }) => ({ kind: 'ModelRoute', key: nameOf(metadata) }));
  }
  if (change.kind === 'ModelRoute') {
    return store
      .list('PromptRelease')
      .filter(
        ({ metadata, spec, invalid }) =>
          invalid === undefined &&
          metadata.namespace === change.namespace &&
          spec.routeRef.name === change.name,
      )
      .map(({ metadata }) => ({ kind: 'PromptRelease', key: nameOf(metadata) }));
  }
  return [];
}
