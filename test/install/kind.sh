#!/usr/bin/env bash
# The newcomer's path on a cluster of its own, with real kubelets, for machines with Docker, kind, helm and kubectl:
# builds the image, installs the chart, and has a bad release taken back and let in again.
#   test/install/kind.sh            makes a cluster and removes it in the end; KEEP=1 leaves it
#   RUNTIME_IMAGE=… BUILD_IMAGE=…   are handed to docker build
# It has not been run where Sluice is developed, which has no Docker: the same checks run there against a kube-apiserver
# without kubelets (test/install/*.test.ts).
set -euo pipefail
cd "$(dirname "$0")/../.."

cluster=sluice-$RANDOM
image=sluice:0.1.0
for tool in docker kind helm kubectl; do
  command -v "$tool" >/dev/null || { echo "this needs $tool" >&2; exit 2; }
done

KUBECONFIG=$(mktemp)
export KUBECONFIG
trap '[ -n "${KEEP:-}" ] && echo "KUBECONFIG=$KUBECONFIG" || { kind delete cluster --name "$cluster"; rm -f "$KUBECONFIG"; }' EXIT

say() { printf '\n== %s\n' "$*"; }
fail() { echo "FAILED: $*" >&2; kubectl -n sluice-system logs deploy/sluice-operator --tail 50 >&2 || true; exit 1; }

say 'the image'
docker build --build-arg "BUILD_IMAGE=${BUILD_IMAGE:-node:24-slim}" \
  --build-arg "RUNTIME_IMAGE=${RUNTIME_IMAGE:-node:24-slim}" -t "$image" .

say 'a cluster'
kind create cluster --name "$cluster" --wait 120s
kind load docker-image "$image" --name "$cluster"

say 'the chart, in a namespace that takes restricted pods only'
kubectl create namespace support
kubectl create namespace sluice-system
kubectl label namespace sluice-system support pod-security.kubernetes.io/enforce=restricted
helm install sluice charts/sluice --namespace sluice-system --wait --timeout 180s
helm test sluice --namespace sluice-system --logs

say 'the samples with a simulated provider, and callers'
kubectl apply -k examples
kubectl apply -f - <<YAML
apiVersion: apps/v1
kind: Deployment
metadata: {name: callers, namespace: support}
spec:
  selector: {matchLabels: {app: callers}}
  template:
    metadata: {labels: {app: callers}}
    spec:
      automountServiceAccountToken: false
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: callers
          image: $image
          command: [node, -e]
          args:
            - |
              const body = JSON.stringify({ model: 'support-triage', messages: [{ role: 'user', content: 'I was charged twice.' }] });
              setInterval(() => fetch('http://sluice-gateway.sluice-system.svc/v1/chat/completions', {
                method: 'POST', headers: { 'content-type': 'application/json' }, body,
              }).then((answer) => answer.text()).catch((error) => console.log(error.message)), 50);
          securityContext: {allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}}
YAML
kubectl -n support rollout status deploy/simulator --timeout 120s
kubectl -n support wait prel/support-triage --for=condition=Ready --timeout=120s || fail 'the sample is not Ready'

say 'a bad release is taken back'
kubectl apply -f examples/demo/v2.yaml
kubectl -n support wait prel/support-triage --for=jsonpath='{.status.phase}'=RolledBack --timeout=300s || fail 'not taken back'
kubectl -n support get prel,events

say 'and let in again by the command in its status'
undo=$(kubectl -n support get prel support-triage -o jsonpath='{.status.rollback.undo}')
echo "$undo"
eval "$undo"
kubectl -n support wait prel/support-triage --for=jsonpath='{.status.phase}'=Progressing --timeout=60s || fail 'not let in'

say 'nothing was forbidden'
! kubectl -n sluice-system logs -l app.kubernetes.io/name=sluice --all-containers --tail=-1 | grep -i forbidden || fail 'a right is missing'

say 'uninstalled, the releases stay'
helm uninstall sluice --namespace sluice-system --wait
kubectl -n support get prel support-triage || fail 'the release is gone'
say 'all is well'
