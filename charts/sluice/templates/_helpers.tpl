{{- define "sluice.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* What every name begins with; 45 characters leave room for what is added. */}}
{{- define "sluice.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 45 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 45 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 45 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "sluice.operatorName" -}}
{{ include "sluice.fullname" . }}-operator
{{- end }}

{{- define "sluice.evaluatorName" -}}
{{ include "sluice.fullname" . }}-evaluator
{{- end }}

{{- define "sluice.gatewayName" -}}
{{ include "sluice.fullname" . }}-gateway
{{- end }}

{{/* The programs that are installed. */}}
{{- define "sluice.components" -}}
operator gateway{{ if .Values.evaluator.enabled }} evaluator{{ end }}
{{- end }}

{{/* Roles of the whole cluster are called after their namespace too: two releases of one name are two. */}}
{{- define "sluice.clusterName" -}}
{{- $full := include "sluice.fullname" .root }}
{{- if or (eq .root.Release.Namespace (printf "%s-system" $full)) (eq .root.Release.Namespace $full) -}}
{{ $full }}-{{ .name }}
{{- else -}}
{{ .root.Release.Namespace }}-{{ $full }}-{{ .name }}
{{- end }}
{{- end }}

{{- define "sluice.selector" -}}
app.kubernetes.io/name: {{ include "sluice.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "sluice.labels" -}}
{{ include "sluice.selector" . }}
app.kubernetes.io/part-of: sluice
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "sluice.serviceAccount" -}}
{{- $account := (index .root.Values .component).serviceAccount }}
{{- if $account.create }}
{{- default (printf "%s-%s" (include "sluice.fullname" .root) .component) $account.name }}
{{- else }}
{{- default "default" $account.name }}
{{- end }}
{{- end }}

{{- define "sluice.image" -}}
{{- $image := .Values.image }}
{{- if $image.digest }}
{{- printf "%s@%s" $image.repository $image.digest }}
{{- else }}
{{- printf "%s:%s" $image.repository (default .Chart.AppVersion $image.tag) }}
{{- end }}
{{- end }}

{{- define "sluice.podSecurity" -}}
runAsNonRoot: true
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "sluice.containerSecurity" -}}
allowPrivilegeEscalation: false
capabilities:
  drop: [ALL]
readOnlyRootFilesystem: true
{{- end }}

{{- define "sluice.feedbackSecret" -}}
{{- default (printf "%s-feedback" (include "sluice.fullname" .)) .Values.feedbackKey.existingSecret }}
{{- end }}

{{/* The Secret with the password of the budget store; empty where there is none. */}}
{{- define "sluice.budgetSecret" -}}
{{- with .Values.budgets.store }}
{{- if .url }}{{ .passwordSecret.name }}{{ end }}
{{- end }}
{{- end }}

{{/* The Secret with a token for Prometheus; empty where there is none. */}}
{{- define "sluice.prometheusSecret" -}}
{{- with .Values.prometheus }}
{{- if .url }}{{ .tokenSecret.name }}{{ end }}
{{- end }}
{{- end }}

{{/* The Secret with headers for the collector; empty where there is none. */}}
{{- define "sluice.otlpSecret" -}}
{{- with .Values.otlp }}
{{- if .endpoint }}{{ .headersSecret.name }}{{ end }}
{{- end }}
{{- end }}

{{/* The volume for records. Helm adds one that is named to the one by default, and Kubernetes takes one only. */}}
{{- define "sluice.recordsVolume" -}}
{{- $volume := .Values.records.file.volume }}
{{- toYaml (gt (len $volume) 1 | ternary (omit $volume "emptyDir") $volume) }}
{{- end }}

{{/* What lets the gateway, which is not root, write to a volume that is root's; empty where it needs nothing. */}}
{{- define "sluice.recordsGroup" -}}
{{- with .Values.records.file }}
{{- if and .enabled .fsGroup (not (hasKey (include "sluice.recordsVolume" $ | fromYaml) "emptyDir")) -}}
fsGroup: {{ int .fsGroup }}
fsGroupChangePolicy: OnRootMismatch
{{- end }}
{{- end }}
{{- end }}

{{/* The fields of a pod that are said in the values alone. */}}
{{- define "sluice.placement" -}}
{{- $values := index .root.Values .component }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
{{- with $values.topologySpreadConstraints }}
  {{- toYaml . | nindent 2 }}
{{- else }}
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - topologyKey: {{ . }}
    maxSkew: 1
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "sluice.selector" $ | nindent 8 }}
{{- end }}
{{- end }}
{{- end }}

{{/* What is asked of a program's health, on its admin port. */}}
{{- define "sluice.probes" -}}
startupProbe:
  httpGet: {path: /healthz, port: admin}
  periodSeconds: 2
  failureThreshold: 30
livenessProbe:
  httpGet: {path: /healthz, port: admin}
  periodSeconds: 10
  timeoutSeconds: 5
readinessProbe:
  httpGet: {path: /readyz, port: admin}
  periodSeconds: 5
  timeoutSeconds: 5
{{- end }}
