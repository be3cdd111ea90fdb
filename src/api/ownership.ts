import type { Metadata } from './resource.ts';

const GITOPS_ANNOTATIONS = ['argocd.argoproj.io/tracking-id', 'argocd.argoproj.io/installation-id'];
const GITOPS_LABELS = [
  'argocd.argoproj.io/instance',
  'kustomize.toolkit.fluxcd.io/name',
  'helm.toolkit.fluxcd.io/name',
];
const GITOPS_MANAGERS = [
  'argocd-controller',
  'argocd-application-controller',
  'kustomize-controller',
  'helm-controller',
];

/** Whether Argo CD or Flux applies this object: by their tracking labels, annotations or field managers. */
export function ownedByGitOps({ annotations, labels, managers }: Metadata): boolean {
  return (
    GITOPS_ANNOTATIONS.some((name) => annotations[name] !== undefined) ||
    GITOPS_LABELS.some((name) => labels[name] !== undefined) ||
    managers.some((manager) => GITOPS_MANAGERS.includes(manager))
  );
}
