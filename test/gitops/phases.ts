import { conditionOf, type Live, provider, QUICK, release, route, type Stage } from '../cluster/stage.ts';
import { eventually } from '../eventually.ts';

/** What the simulator does in tests that use `everyPhase`. */
export const RULES = [
  { match: { text: 'bad' }, errors: 1, answer: 'Hello' },
  { match: {}, answer: 'Hello' },
];

const SLOW = { steps: [{ weight: 20, minDuration: '1h' }] };

/**
 * Objects that the operator has brought into every phase that it knows, by `kind/name`, as the API server shows them: the names say
 * which. The operator is stopped afterwards, so that `prel/new` has no status and `prel/behind` one of an earlier spec.
 */
export async function everyPhase(stage: Stage): Promise<Map<string, object>> {
  await muteProvider(stage);
  const pinned = { ...SLOW, rollback: { mode: 'Pin' as const } };
  await stage.apply(
    { ...provider(stage.simulator.baseURL, 'nowhere', 'keyless') },
    { ...provider(stage.simulator.baseURL, 'sim', 'mute') },
    { ...routeBy('mute', 'waiting') },
    release('healthy', 'good'),
    release('progressing', 'good', { rollout: SLOW }),
    release('paused', 'good', { rollout: SLOW }),
    release('baking', 'good', { rollout: { ...QUICK, bake: { duration: '1h' } } }),
    release('pinned', 'good', { rollout: pinned }),
    release('reverted', 'good', { rollout: SLOW }),
    release('quarantined', 'good', { rollout: SLOW }),
    release('invalid', 'good'),
    release('behind', 'good'),
    release('pending', 'good', { spec: { routeRef: { name: 'waiting' } } }),
    routeTo('model-a', 'taken'),
  );
  for (const name of [
    'healthy',
    'progressing',
    'paused',
    'baking',
    'pinned',
    'reverted',
    'quarantined',
    'invalid',
  ])
    await reaches(stage, 'prel', name, 'Healthy');
  await reaches(stage, 'prel', 'behind', 'Healthy');
  await reaches(stage, 'mroute', 'taken', 'Healthy');

  await stage.apply(
    release('progressing', 'good two', { rollout: SLOW }),
    release('paused', 'good two', { rollout: { ...SLOW, paused: true } }),
    release('baking', 'good two', { rollout: { ...SLOW, bake: { duration: '1h' } } }),
    release('pinned', 'good two', { rollout: pinned }),
    release('reverted', 'good two', { rollout: SLOW }),
    release('quarantined', 'good two', { rollout: SLOW }),
    release('invalid', 'good {{#loop}}'),
    routeTo('model-b', 'taken'),
  );
  await reaches(stage, 'prel', 'progressing', 'Progressing');
  await reaches(stage, 'prel', 'paused', 'Paused');
  await reaches(stage, 'prel', 'invalid', 'Invalid');
  await reaches(stage, 'prel', 'pending', 'Pending');
  await reaches(stage, 'mroute', 'waiting', 'Pending');
  for (const name of ['pinned', 'reverted', 'quarantined']) await abort(stage, 'prel', name);
  await abort(stage, 'mroute', 'taken');
  await reaches(stage, 'prel', 'baking', 'Progressing');
  await stage.kubectl('annotate', 'prel', 'baking', 'sluice.dev/promote=true');
  await reaches(stage, 'prel', 'baking', 'Baking');
  const isReverted = (live: Live) => live.status?.rollback?.revertedGeneration === live.metadata.generation;
  await stage.until('prel', 'reverted', isReverted);
  await stage.until('prel', 'quarantined', isReverted);
  await stage.apply(release('quarantined', 'good two', { rollout: SLOW }));
  await stage.until(
    'prel',
    'quarantined',
    (live) => conditionOf(live, 'Stalled')?.reason === 'RevisionQuarantined',
  );

  await stage.operator.kill('SIGTERM');
  await stage.apply(release('new', 'good'), release('behind', 'good two'));
  const { items } = JSON.parse(await stage.kubectl('get', 'prel,mroute,mprov', '-o', 'json')) as {
    items: { kind: string; metadata: { name: string } }[];
  };
  const short: Record<string, string> = {
    PromptRelease: 'prel',
    ModelRoute: 'mroute',
    ModelProvider: 'mprov',
  };
  return new Map(items.map((each) => [`${short[each.kind]}/${each.metadata.name}`, each]));
}

const routeTo = (model: string, name: string) => route(model, name, SLOW);

const routeBy = (providerName: string, name: string) => {
  const made = route('model-a', name);
  const backends = [{ name: 'primary', providerRef: { name: providerName }, model: 'model-a' }];
  return { ...made, spec: { ...made.spec, backends } };
};

async function reaches(stage: Stage, kind: string, name: string, phase: string): Promise<void> {
  await stage.until(
    kind,
    name,
    ({ status, metadata }) => status?.phase === phase && status.observedGeneration === metadata.generation,
  );
}

async function abort(stage: Stage, kind: string, name: string): Promise<void> {
  await stage.until(kind, name, ({ status }) => status?.candidateRevision !== undefined);
  await stage.kubectl('annotate', kind, name, 'sluice.dev/abort=true');
  await stage.until(kind, name, ({ status }) => status?.phase === 'RolledBack');
}

const POLICY = 'sluice-gitops-mute';

/** Has the API server refuse every status of ModelProvider `mute`: what waits for it stays `Pending`. */
async function muteProvider(stage: Stage): Promise<void> {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const name = policyOf(stage);
  const rule = {
    apiGroups: ['sluice.dev'],
    apiVersions: ['*'],
    operations: ['UPDATE'],
    resources: ['*/status'],
  };
  await stage.apply(
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        matchConstraints: { resourceRules: [rule] },
        validations: [{ expression: "!(object.metadata.name in ['mute', 'probe'])" }],
      },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: {
        policyName: name,
        validationActions: ['Deny'],
        matchResources: {
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': stage.namespace } },
        },
      },
    },
  );
  // A policy is in force some time after it was made: seen by a provider that is there for this only.
  await stage.apply(provider(stage.simulator.baseURL, 'sim', 'probe'));
  const write = ['patch', 'mprov', 'probe', '--subresource=status', '--type=merge', '--dry-run=server'];
  await eventually('the policy is in force', async () => {
    const tried = await stage.cluster.kubectl([
      '-n',
      stage.namespace,
      ...write,
      '-p',
      '{"status":{"message":"x"}}',
    ]);
    return tried.stderr.includes(name) || undefined;
  });
  await stage.kubectl('delete', 'mprov', 'probe');
}

const policyOf = ({ namespace }: Stage): string => `${POLICY}-${namespace}`;

/** Takes away what `everyPhase` left outside of the namespace. */
export async function forgetPolicy(stage: Stage): Promise<void> {
  const name = policyOf(stage);
  await stage.kubectl('delete', 'validatingadmissionpolicybinding', name, '--ignore-not-found');
  await stage.kubectl('delete', 'validatingadmissionpolicy', name, '--ignore-not-found');
}
