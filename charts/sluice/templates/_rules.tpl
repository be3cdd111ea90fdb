{{/* Generated from src/ by `npm run generate`; do not edit. */}}
{{- define "sluice.rules.operator" -}}
- apiGroups:
    - sluice.dev
  resources:
    - promptreleases
    - modelroutes
    - modelproviders
    - evalsuites
  verbs:
    - list
    - watch
- apiGroups:
    - sluice.dev
  resources:
    - promptreleases
    - modelroutes
  verbs:
    - patch
- apiGroups:
    - sluice.dev
  resources:
    - promptreleases/status
    - modelroutes/status
    - modelproviders/status
  verbs:
    - patch
- apiGroups:
    - apps
  resources:
    - controllerrevisions
  verbs:
    - get
    - list
    - watch
    - create
    - delete
- apiGroups:
    - events.k8s.io
  resources:
    - events
  verbs:
    - create
    - patch
- apiGroups:
    - ''
  resources:
    - configmaps
  verbs:
    - get
{{- end }}

{{- define "sluice.rules.operatorHome" -}}
- apiGroups:
    - coordination.k8s.io
  resources:
    - leases
  verbs:
    - create
- apiGroups:
    - coordination.k8s.io
  resources:
    - leases
  resourceNames:
    - '{{ include "sluice.operatorName" . }}'
  verbs:
    - get
    - update
- apiGroups:
    - discovery.k8s.io
  resources:
    - endpointslices
  verbs:
    - list
{{- end }}

{{- define "sluice.rules.gateway" -}}
- apiGroups:
    - sluice.dev
  resources:
    - promptreleases
    - modelroutes
    - modelproviders
    - evalsuites
  verbs:
    - list
    - watch
- apiGroups:
    - apps
  resources:
    - controllerrevisions
  verbs:
    - list
    - watch
{{- end }}

{{- define "sluice.rules.callerTokens" -}}
- apiGroups:
    - authentication.k8s.io
  resources:
    - tokenreviews
  verbs:
    - create
{{- end }}

{{- define "sluice.rules.evaluator" -}}
- apiGroups:
    - sluice.dev
  resources:
    - promptreleases
    - modelroutes
    - modelproviders
    - evalsuites
  verbs:
    - list
    - watch
- apiGroups:
    - sluice.dev
  resources:
    - evalsuites/status
    - modelproviders/status
  verbs:
    - patch
- apiGroups:
    - sluice.dev
  resources:
    - promptreleases
    - modelroutes
  verbs:
    - patch
- apiGroups:
    - apps
  resources:
    - controllerrevisions
  verbs:
    - list
    - watch
- apiGroups:
    - events.k8s.io
  resources:
    - events
  verbs:
    - create
    - patch
- apiGroups:
    - ''
  resources:
    - configmaps
  verbs:
    - get
{{- end }}

{{- define "sluice.rules.evaluatorHome" -}}
- apiGroups:
    - coordination.k8s.io
  resources:
    - leases
  verbs:
    - create
- apiGroups:
    - coordination.k8s.io
  resources:
    - leases
  resourceNames:
    - '{{ include "sluice.evaluatorName" . }}'
  verbs:
    - get
    - update
- apiGroups:
    - discovery.k8s.io
  resources:
    - endpointslices
  verbs:
    - list
{{- end }}

{{- define "sluice.rules.providerKeys" -}}
- apiGroups:
    - ''
  resources:
    - secrets
  resourceNames:
    {{- toYaml . | nindent 4 }}
  verbs:
    - get
{{- end }}

{{- define "sluice.rules.view" -}}
- apiGroups:
    - sluice.dev
  resources:
    - promptreleases
    - modelroutes
    - modelproviders
    - evalsuites
    - promptreleases/status
    - modelroutes/status
    - modelproviders/status
    - evalsuites/status
  verbs:
    - get
    - list
    - watch
{{- end }}

{{- define "sluice.rules.edit" -}}
- apiGroups:
    - sluice.dev
  resources:
    - promptreleases
    - modelroutes
    - modelproviders
    - evalsuites
  verbs:
    - create
    - update
    - patch
    - delete
    - deletecollection
{{- end }}
