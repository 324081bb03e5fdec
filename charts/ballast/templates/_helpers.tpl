{{/* Each template takes (dict "component" "operator" "root" $). */}}

{{- define "ballast.name" -}}
{{ .root.Release.Name }}-{{ .component }}
{{- end }}

{{- define "ballast.selector" -}}
app.kubernetes.io/name: ballast
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{- define "ballast.labels" -}}
{{ include "ballast.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{- define "ballast.podMetadata" -}}
labels:
  {{- include "ballast.labels" . | nindent 2 }}
{{- if .root.Values.prometheus.annotations }}
annotations:
  prometheus.io/scrape: "true"
  prometheus.io/port: {{ .port | quote }}
  prometheus.io/path: /metrics
{{- end }}
{{- end }}

{{- define "ballast.image" -}}
image: {{ .root.Values.image.registry }}/{{ .component }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
{{- end }}

{{/* The service account, scheduling and pull secrets of a Pod. The dict also needs "values" .Values.operator. */}}
{{- define "ballast.placement" -}}
serviceAccountName: {{ include "ballast.name" . }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- /* The images are for Linux. A value of the user takes precedence. */}}
nodeSelector:
  {{- merge (dict) .values.nodeSelector (dict "kubernetes.io/os" "linux") | toYaml | nindent 2 }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "ballast.probes" -}}
startupProbe:
  httpGet: { path: /livez, port: {{ .port }} }
  periodSeconds: 1
  failureThreshold: 60
{{ include "ballast.runningProbes" . }}
{{- end }}

{{- define "ballast.runningProbes" -}}
livenessProbe:
  httpGet: { path: /livez, port: {{ .port }} }
  periodSeconds: 10
  timeoutSeconds: 5
readinessProbe:
  httpGet: { path: /readyz, port: {{ .port }} }
  periodSeconds: 2
  timeoutSeconds: 2
{{- end }}

{{- define "ballast.operatorUser" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "ballast.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{/*
The Secret with the keys of the heartbeats, or empty without heartbeats. Takes the root. The values of an older chart, which
"helm upgrade --reuse-values" keeps, have no heartbeat.
*/}}
{{- define "ballast.heartbeatSecret" -}}
{{- $heartbeat := .Values.dataplane.heartbeat | default (dict "enabled" true) }}
{{- if $heartbeat.enabled }}
{{- $heartbeat.existingSecret | default (include "ballast.name" (dict "component" "heartbeat-keys" "root" .)) }}
{{- end }}
{{- end }}

{{/* The Secret that the operator creates with the keys of the heartbeats, or empty. Takes the root. */}}
{{- define "ballast.createdHeartbeatSecret" -}}
{{- if not (.Values.dataplane.heartbeat | default dict).existingSecret }}
{{- include "ballast.heartbeatSecret" . }}
{{- end }}
{{- end }}

{{/* Takes the hook weight. Helm creates lower weights first. A failed Job remains, so that you can read its log. */}}
{{- define "ballast.uninstallHook" -}}
helm.sh/hook: pre-delete
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}
