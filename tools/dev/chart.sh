# shellcheck shell=bash
# shellcheck disable=SC2016 # what looks like a shell's variable in the filters is jq's
#: chart                    check the Helm chart: lint, schema, and what an API server makes of it

dev_chart() { chart_check; }

CHART=$ROOT/charts/ballast
CHART_NAMESPACE=ballast-system

# chart_check: installs the chart into an API server of its own; no Pod is started by it.
chart_check() {
  local dir=$ROOT/target/chart values
  "$LAB" build etcd kube-apiserver kubectl helm
  command -v jq >/dev/null || fail "jq is missing" "the chart's checks ask questions of JSON" "install jq"
  PATH=$PATH:${BALLAST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ballast}/bin
  mkdir -p "$dir"

  for values in "$CHART/values.yaml" "$CHART"/ci/*-values.yaml; do
    logged "$dir/lint.log" helm lint --strict "$CHART" -f "$values" || fail "helm lint finds fault with $(basename "$values")"
    ok "helm lint accepts $(basename "$values")"
  done
  chart_versions
  chart_refusals

  on_exit "$LAB" api-only-down "$dir/api"
  KUBECONFIG=$("$LAB" api-only "$dir/api")
  export KUBECONFIG
  kubectl create namespace $CHART_NAMESPACE >/dev/null
  chart_manifests "$dir"
  chart_install "$dir"
  chart_pool_edits "$dir"
  chart_pods "$dir/objects.json"
  chart_rights "$dir/objects.json"
  chart_uninstall "$dir"
}

ok() { say "ok   $*"; }

# holds SENTENCE FILE JQ-FILTER: the filter must give true.
holds() {
  jq -e "$3" "$2" >/dev/null || fail "not so: $1" "this is not true of $2: $3"
  ok "$1"
}

# holds_equal SENTENCE EXPECTED ACTUAL
holds_equal() {
  [ "$2" = "$3" ] || { diff <(echo "$2") <(echo "$3") >&2 || true; fail "not so: $1" "'<' was expected, '>' is there"; }
  ok "$1"
}

chart_versions() {
  local pom
  pom=$(sed -n 's,^  <version>\(.*\)</version>,\1,p' "$ROOT/pom.xml")
  holds_equal "the chart has the project's version, and so do the images that it asks for" \
    "$pom $pom" "$(sed -nE 's/^(version|appVersion): //p' "$CHART/Chart.yaml" | xargs)"
}

chart_refusals() {
  local refused
  for refused in defaultLoadBalancer=maybe unknown=1 operator.replica=2 operator.replicas=-1 image.pullPolicy=Sometimes \
    dataplane.interface=eth0/1 dataplane.conflictProbeMilliseconds=1001 dataplane.drainSeconds=4000 dataplane.maxUnavailable=0 dataplane.resources.cpu=1 \
    crds.install=1 poolEditWarnings=maybe logLevel=loud prometheus.port=1; do
    ! helm template "$CHART" --set "$refused" >/dev/null 2>&1 || fail "not so: the schema refuses $refused"
  done
  ok "the schema refuses unknown keys and wrong values"
}

chart_manifests() { # folder
  local values
  for values in "$CHART/values.yaml" "$CHART"/ci/*-values.yaml; do
    helm template ballast "$CHART" -n $CHART_NAMESPACE -f "$values" >"$1/manifests.yaml"
    logged "$1/server.log" kubectl create --dry-run=server --validate=strict -f "$1/manifests.yaml" ||
      fail "the API server refuses the manifests of $(basename "$values")"
    ok "the API server accepts the manifests of $(basename "$values")"
  done
}

chart_objects() {
  kubectl get -A -l app.kubernetes.io/name=ballast -o json \
    deployments,daemonsets,serviceaccounts,pdb,clusterroles,clusterrolebindings,roles,rolebindings
}

chart_install() { # folder
  # an older version, for want of one: its CRD has a name less
  rm -rf "$1/older"
  cp -r "$CHART" "$1/older"
  sed -i '/^    - pool$/d; s/^    shortNames:$/    shortNames: []/' "$1/older/files/crds/addresspools.ballast.dev.yaml"
  logged "$1/install.log" helm install ballast "$1/older" -n $CHART_NAMESPACE || fail "helm install fails"
  logged "$1/install.log" helm upgrade ballast "$CHART" -n $CHART_NAMESPACE || fail "helm upgrade fails"
  chart_objects >"$1/objects.json"
  kubectl get crds -o json >"$1/crds.json"
  holds "the chart brings the three kinds" "$1/crds.json" \
    '[.items[].spec.names.kind] == ["Address", "AddressPool", "LoadBalancer"]'
  holds "helm upgrade brings the kinds up to date" "$1/crds.json" 'any(.items[].spec.names.shortNames[]?; . == "pool")'
  eventually 20 kubectl get addresspools || fail "the API server does not serve AddressPools"
  sed -n '/<<END/,/END$/p' "$1/install.log" | sed '1d;$d;s/^     //' >"$1/pool.yaml"
  logged "$1/server.log" kubectl create -f "$1/pool.yaml" || fail "the API server refuses the pool that NOTES shows"
  ok "the API server accepts the pool that the notes show"
}

# kubectl's words for an edit of a pool in use.
chart_pool_edits() { # folder
  warned() { "$@" --dry-run=server 2>&1 >/dev/null | tee "$dir/warning.log" | grep -q '^Warning: .*1 address of the pool is allocated'; }
  local pool dir=$1
  pool=$(kubectl get addresspools -o jsonpath='{.items[0].metadata.name}')
  kubectl patch addresspool "$pool" --subresource=status --type=merge -p '{"status": {"allocated": 1}}' >/dev/null
  eventually 20 warned kubectl patch addresspool "$pool" --type=merge -p '{"spec": {"addresses": ["203.0.113.1"]}}' ||
    fail "not so: --dry-run=server of an edit tells what becomes of the addresses in use" "$(cat "$dir/warning.log")"
  warned kubectl delete addresspool "$pool" || fail "not so: --dry-run=server of a deletion tells what it will wait for"
  ok "--dry-run=server of an edit or deletion of a pool in use tells what becomes of its addresses"
  kubectl patch addresspool "$pool" --subresource=status --type=merge -p '{"status": {"allocated": 0}}' >/dev/null
  holds_equal "… and nobody is warned where poolEditWarnings is false" 0 \
    "$(helm template "$CHART" --set poolEditWarnings=false | grep -c ValidatingAdmissionPolicy || true)"
}

chart_pods() { # file of objects
  local pods='[.items[] | select(.kind == "Deployment" or .kind == "DaemonSet") | .spec.template.spec]'
  local containers="$pods | [.[].containers[]]"
  local dataplane='(.items[] | select(.kind == "DaemonSet").spec.template.spec)'
  local operator='(.items[] | select(.kind == "Deployment").spec.template.spec)'
  local env='.containers[0].env | map({(.name): (.value // .valueFrom.fieldRef.fieldPath)}) | add'
  holds "there is one Deployment and one DaemonSet" "$1" "$pods | length == 2"
  holds "no container can write to its root or gain privileges" "$1" \
    "$containers | all(.securityContext | .readOnlyRootFilesystem and .allowPrivilegeEscalation == false and .privileged != true)"
  holds "every container starts from no capability" "$1" "$containers | all(.securityContext.capabilities.drop == [\"ALL\"])"
  holds "the data plane adds NET_ADMIN, NET_RAW and NET_BIND_SERVICE, the operator nothing" "$1" \
    '[.items[] | select(.spec.template) | {(.kind): (.spec.template.spec.containers[0].securityContext.capabilities.add // [] | sort)}] | add
      == {DaemonSet: ["NET_ADMIN", "NET_BIND_SERVICE", "NET_RAW"], Deployment: []}'
  holds "both run under the runtime's seccomp profile" "$1" "$pods | all(.securityContext.seccompProfile.type == \"RuntimeDefault\")"
  holds "only the data plane is on the node's network" "$1" "[$dataplane, $operator] | map(.hostNetwork) == [true, null]"
  holds "no Pod shares the node's processes or IPC, or mounts its files" "$1" \
    "$pods | all(.[]; .hostPID != true and .hostIPC != true) and ([.[].volumes[]] | all(has(\"emptyDir\")))"
  holds "the operator is not root" "$1" "[$operator.securityContext | .runAsNonRoot, .runAsUser] == [true, 65532]"
  holds "every container is watched and has a memory limit" "$1" \
    "$containers | all(.livenessProbe and .readinessProbe and .startupProbe and .resources.limits.memory)"
  holds "a Pod of the data plane has longer to stop than its connections have to finish" "$1" \
    "$dataplane | .terminationGracePeriodSeconds > ($env | .BALLAST_DRAIN_SECONDS | tonumber)"
  holds "the selector for members finds the data plane's Pods alone" "$1" \
    "($dataplane | $env | .BALLAST_MEMBER_SELECTOR | split(\",\") | map(split(\"=\") | {(.[0]): .[1]}) | add) as \$wanted
      | [.items[] | select(.spec.template.metadata.labels // {} | contains(\$wanted)).kind] == [\"DaemonSet\"]"
  holds "Services without a class are taken unless defaultLoadBalancer is false" "$1" "$operator | $env | .BALLAST_DEFAULT_CLASS == \"true\""
  holds "… and are left alone when it is" <(helm template "$CHART" --set defaultLoadBalancer=false -s templates/operator.yaml |
    kubectl create --dry-run=client -o json -f - | jq -s '{items: .}') "$operator | $env | .BALLAST_DEFAULT_CLASS == \"false\""
}

# Whatever is not in these lists, neither may do.
chart_rights() { # file of objects
  local rules='.items[] | select(.kind == $kind and .metadata.name == $name) | .rules[]
    | .apiGroups[] as $g | .resources[] as $r | "\($g)/\($r): \(.verbs | join(" "))"'
  rights() { jq -r --arg kind "$2" --arg name "$3" "$rules" "$1" | sort; }
  holds_equal "the operator has these rights and no others" "\
/namespaces: get list watch
/nodes: get list watch
/services/status: patch update
/services: get list watch patch update
ballast.dev/addresses/status: patch
ballast.dev/addresses: get list watch create update patch delete
ballast.dev/addresspools/status: patch
ballast.dev/addresspools: get list watch patch
ballast.dev/loadbalancers/status: patch
ballast.dev/loadbalancers: get list watch create update patch delete
events.k8s.io/events: create patch
networking.k8s.io/servicecidrs: list" "$(rights "$1" ClusterRole ballast-operator)"
  holds_equal "… and in its own namespace leader election" "coordination.k8s.io/leases: get create update patch" \
    "$(rights "$1" Role ballast-operator)"
  holds_equal "the data plane has these rights and no others" "\
/nodes: list watch
ballast.dev/addresses: list watch
ballast.dev/loadbalancers/status: patch
ballast.dev/loadbalancers: list watch
discovery.k8s.io/endpointslices: list watch" "$(rights "$1" ClusterRole ballast-dataplane)"
  holds_equal "… and in its own namespace a view of Pods" "/pods: list watch" "$(rights "$1" Role ballast-dataplane)"

  local answer who verb what where part
  while read -r answer who verb what where; do
    part=${what#"${what%%/*}"}
    holds_equal "$who may $([ "$answer" = yes ] || echo "not ")$verb $what in $where" "$answer" \
      "$(kubectl auth can-i "$verb" "${what%%/*}" --subresource="${part#/}" -n "$where" \
        --as="system:serviceaccount:$CHART_NAMESPACE:ballast-$who" 2>/dev/null || true)"
  done <<END
yes operator patch services/status default
yes operator create events.events.k8s.io default
yes operator update leases.coordination.k8s.io $CHART_NAMESPACE
no operator update leases.coordination.k8s.io default
no operator get secrets default
no operator delete services default
yes dataplane patch loadbalancers.ballast.dev/status default
yes dataplane watch pods $CHART_NAMESPACE
no dataplane watch pods default
yes dataplane watch nodes default
no dataplane patch nodes default
no dataplane patch services/status default
END
}

chart_uninstall() { # folder
  local uninstall
  (helm uninstall ballast -n $CHART_NAMESPACE >"$1/uninstall.log" 2>&1 || echo failed >>"$1/uninstall.log") &
  uninstall=$!
  eventually 20 kubectl get job ballast-uninstall -n $CHART_NAMESPACE ||
    fail "not so: helm uninstall first takes back what Services were given" "$(cat "$1/uninstall.log")"
  kubectl get job,deployment -n $CHART_NAMESPACE -o json >"$1/uninstall.json"
  chart_uninstall_job "$1/uninstall.json"
  job_is_done ballast-uninstall
  wait "$uninstall"
  ! grep -q failed "$1/uninstall.log" || fail "helm uninstall fails" "$(cat "$1/uninstall.log")"
  holds_equal "helm uninstall leaves the kinds and the pools, and nothing else" "3 crds, 1 pools, 0 others, 0 jobs" \
    "$(kubectl get crds -o json | jq '[.items[] | select(.metadata.deletionTimestamp == null)] | length') crds, $(kubectl get addresspools -o name | wc -l) pools, $(chart_objects | jq '.items | length') others, $(kubectl get jobs -A -o json | jq '[.items[] | select(.metadata.deletionTimestamp == null)] | length') jobs"
  helm install ballast "$CHART" -n $CHART_NAMESPACE >/dev/null 2>&1 || fail "not so: it can be installed again over what was left"
  ok "it can be installed again over what was left"
}

chart_uninstall_job() { # file of objects
  local job='(.items[] | select(.kind == "Job"))' pod='(.items[] | select(.kind == "Job").spec.template.spec)' answer verb what where
  holds "the operators are still there while the Job runs, for it to stop them" "$1" \
    'any(.items[]; .kind == "Deployment" and .metadata.deletionTimestamp == null)'
  holds "the Job runs the operator's image, to release all" "$1" \
    "[$pod.containers[0] | .args, .image] == [[\"--release-all\"], (.items[] | select(.kind == \"Deployment\").spec.template.spec.containers[0].image)]"
  holds "the Job names the Deployment to stop" "$1" \
    "$pod.containers[0].env | any(.name == \"BALLAST_DEPLOYMENT\" and .value == \"ballast-operator\")"
  holds "the Job is bounded in time, by less than helm waits" "$1" "$job.spec.activeDeadlineSeconds < 300"
  holds "the Job is confined as the operator is" "$1" \
    "$pod | .securityContext.runAsNonRoot and (.containers[0].securityContext | .readOnlyRootFilesystem and .allowPrivilegeEscalation == false and .capabilities.drop == [\"ALL\"])"
  while read -r answer verb what where; do
    # shellcheck disable=SC2086 # several words
    holds_equal "uninstall may $([ "$answer" = yes ] || echo "not ")$verb $what $where" "$answer" \
      "$(kubectl auth can-i "$verb" "$what" $where --as="system:serviceaccount:$CHART_NAMESPACE:ballast-uninstall" 2>/dev/null || true)"
  done <<END
yes update deployments.apps/ballast-operator --subresource=scale -n $CHART_NAMESPACE
no update deployments.apps/other --subresource=scale -n $CHART_NAMESPACE
no delete deployments.apps/ballast-operator -n $CHART_NAMESPACE
yes update leases.coordination.k8s.io -n $CHART_NAMESPACE
yes patch services --subresource=status -n default
yes delete addresses.ballast.dev -n default
END
}

# No controller runs Jobs here.
job_is_done() { # name
  local now
  now=$(date -u +%FT%TZ)
  kubectl patch job "$1" -n $CHART_NAMESPACE --subresource=status --type=merge -p "{\"status\": {
    \"startTime\": \"$now\", \"completionTime\": \"$now\", \"succeeded\": 1, \"uncountedTerminatedPods\": {}, \"conditions\": [
      {\"type\": \"SuccessCriteriaMet\", \"status\": \"True\", \"lastTransitionTime\": \"$now\"},
      {\"type\": \"Complete\", \"status\": \"True\", \"lastTransitionTime\": \"$now\"}]}}" >/dev/null
}
