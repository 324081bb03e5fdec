# shellcheck shell=bash
#: chaos                    kill two operators without leader election 50 times, among 500 Services that come and go
#: chaos quick              kill them 6 times, among 60 Services, as CI does

# shellcheck source=tools/dev/lib/install.sh
. "$ROOT/tools/dev/lib/install.sh"
# shellcheck source=tools/dev/lib/apionly.sh
. "$ROOT/tools/dev/lib/apionly.sh"

CHAOS_NAMESPACE=ballast-chaos
CHAOS_VIOLATIONS=$ROOT/target/chaos-violations.txt

dev_chaos() {
  local services=500 kills=50
  CHAOS_CHURN=20
  case ${1:-} in
    '') ;;
    quick) services=60 kills=6 CHAOS_CHURN=6 ;;
    *) fail "Unknown part '$1'." "'chaos' takes nothing, or quick." "./dev help" ;;
  esac
  command -v jq >/dev/null || fail "jq is missing." "It checks the output of kubectl." "Install jq."
  use_jdk
  [ -n "${BENCH_BUILT:-}" ] ||
    maven package -DskipTests -Dspotless.check.skip=true -pl operator,bench -am
  chaos_start
  say "Creating $services Services."
  CHAOS_MADE=0
  chaos_create "$services"
  local kill restarts=0 started=$SECONDS
  for ((kill = 1; kill <= kills; kill++)); do
    chaos_pause
    chaos_disturb || true
    chaos_kill_operator
    if ((kill % (kills / 3) == 0 && restarts < 3)); then
      say "[$(elapsed)] Killing and restarting the API server."
      "$LAB" api-only-restart "$CHAOS_DIR/api"
      restarts=$((restarts + 1))
    fi
    chaos_look
  done
  say "[$(elapsed)] The disturbances end. Waiting until the Services have settled."
  eventually 180 chaos_settled || chaos_unsettled
  chaos_look
  chaos_verdict "$services" $kills $restarts $((SECONDS - started))
}

chaos_start() {
  CHAOS_DIR=$(mktemp -d)
  start_api_server "$CHAOS_DIR" $CHAOS_NAMESPACE
  mkdir -p "$ROOT/target"
  : >"$CHAOS_VIOLATIONS"
  echo '{}' >"$CHAOS_DIR/seen.json"
  CHAOS_LOOKS=0 CHAOS_WRITES=0
  address_pool chaos 10.64.0.0/22
  background "$CHAOS_DIR/node.log" java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -cp "$ROOT/bench/target/classes:$ROOT/bench/target/lib/*" dev.ballast.bench.SimulatedNode
  CHAOS_OPERATORS=(0 0) CHAOS_LOGS=('' '')
  chaos_operator 0
  chaos_operator 1
}

# Without election, each of the two decides as if it were alone.
chaos_operator() { # which
  CHAOS_LOGS[$1]=$CHAOS_DIR/operator-$1.$EPOCHREALTIME.log
  BALLAST_LEADER_ELECTION=false BALLAST_ADMIN_PORT=0 BALLAST_POD_NAME=operator-$1 \
    background "${CHAOS_LOGS[$1]}" java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto -Xmx192m \
    -cp "$ROOT/operator/target/classes:$ROOT/operator/target/lib/*" dev.ballast.operator.OperatorMain
  CHAOS_OPERATORS[$1]=$!
}

chaos_kill_operator() {
  local which=$((RANDOM % 2))
  # One that starts while the API server is down gives up after a while, and the kubelet starts it again.
  kill -KILL "${CHAOS_OPERATORS[which]}" 2>/dev/null || { say "An operator had ended by itself:"; tail_of "${CHAOS_LOGS[which]}"; }
  wait "${CHAOS_OPERATORS[which]}" 2>/dev/null || true
  chaos_operator $which
}

chaos_pause() { sleep "$((RANDOM % 4)).$((RANDOM % 10))"; }

chaos_create() { # how many
  local i
  for ((i = 0; i < $1; i++)); do
    CHAOS_MADE=$((CHAOS_MADE + 1))
    cat <<END
---
apiVersion: v1
kind: Service
metadata: {name: s$CHAOS_MADE, namespace: $CHAOS_NAMESPACE}
spec: {type: LoadBalancer, allocateLoadBalancerNodePorts: false, ports: [{port: 80}]}
END
  done >"$CHAOS_DIR/create.yaml"
  kubectl create -f "$CHAOS_DIR/create.yaml" >/dev/null
}

# What users and other controllers do meanwhile. None of it requests another address. A Service may be deleted already.
chaos_disturb() {
  local names
  mapfile -t names < <(kubectl get services -n $CHAOS_NAMESPACE -o name | shuf -n $((CHAOS_CHURN + 4)))
  kubectl delete -n $CHAOS_NAMESPACE --wait=false "${names[@]:4:CHAOS_CHURN}"
  chaos_create "$CHAOS_CHURN"
  kubectl annotate --overwrite -n $CHAOS_NAMESPACE "${names[@]:0:4}" "example.com/written=$RANDOM"
  kubectl label --overwrite -n $CHAOS_NAMESPACE "${names[0]}" "written=$RANDOM"
  kubectl patch -n $CHAOS_NAMESPACE "${names[1]}" --type=merge -p '{"metadata":{"finalizers":null}}'
  kubectl delete -n $CHAOS_NAMESPACE --wait=false "loadbalancer.ballast.dev/${names[2]#service/}"
  kubectl patch -n $CHAOS_NAMESPACE "${names[3]}" --subresource=status --type=merge -p '{"status":{"conditions":[]}}'
  CHAOS_WRITES=$((CHAOS_WRITES + 8 + 2 * CHAOS_CHURN))
} >>"$CHAOS_DIR/disturb.log" 2>&1

# What holds at every moment: no address in two statuses, no Address with two claims, none moved while its Service lives.
chaos_look() {
  kubectl get services -n $CHAOS_NAMESPACE -o json >"$CHAOS_DIR/services.json"
  kubectl get addresses.ballast.dev -o json >"$CHAOS_DIR/addresses.json"
  CHAOS_LOOKS=$((CHAOS_LOOKS + 1))
  {
    jq -r '[.items[] | select(.metadata.deletionTimestamp == null) | {name: .metadata.name, ip: .status.loadBalancer.ingress[]?.ip}]
      | group_by(.ip)[] | select(length > 1) | "doubled: \(.[0].ip) in the status of \(map(.name) | join(", "))"' \
      "$CHAOS_DIR/services.json"
    jq -r '.items[] | select(.spec.claims | length > 1) | "doubled: \(.metadata.name) has the claims \(.spec.claims)"' \
      "$CHAOS_DIR/addresses.json"
    jq -r --slurpfile seen "$CHAOS_DIR/seen.json" '.items[] | . as $s | $seen[0][.metadata.uid] as $before | .status.loadBalancer.ingress[]?.ip
      | select($before != null and $before != .) | "moved: \($s.metadata.name) from \($before) to \(.)"' \
      "$CHAOS_DIR/services.json"
  } >>"$CHAOS_VIOLATIONS"
  jq --slurpfile seen "$CHAOS_DIR/seen.json" '$seen[0] + ([.items[] | {key: .metadata.uid, value: .status.loadBalancer.ingress[]?.ip}] | from_entries)' \
    "$CHAOS_DIR/services.json" >"$CHAOS_DIR/seen.new"
  mv "$CHAOS_DIR/seen.new" "$CHAOS_DIR/seen.json"
}

# What holds once all is left in peace: each Service has an address and the claim on it, and nothing else is claimed.
chaos_left() {
  kubectl get services -n $CHAOS_NAMESPACE -o json >"$CHAOS_DIR/services.json"
  kubectl get addresses.ballast.dev -o json >"$CHAOS_DIR/addresses.json"
  kubectl get loadbalancers.ballast.dev -A -o json >"$CHAOS_DIR/programs.json"
  jq -nr --slurpfile s "$CHAOS_DIR/services.json" --slurpfile a "$CHAOS_DIR/addresses.json" --slurpfile p "$CHAOS_DIR/programs.json" '
    ([$a[0].items[] | {key: .spec.ip, value: .spec.claims[0].uid}] | from_entries) as $claims
    | ([$s[0].items[] | {key: .metadata.uid, value: true}] | from_entries) as $alive
    | ($s[0].items[] | select($claims[.status.loadBalancer.ingress[0]?.ip // "none"] != .metadata.uid)
        | "without: \(.metadata.name) shows \(.status.loadBalancer) and has not claimed it"),
      ($a[0].items[] | select($alive[.spec.claims[0].uid] == null) | "leaked: \(.metadata.name), claimed by \(.spec.claims)"),
      ($p[0].items[] | select($alive[.metadata.ownerReferences[0].uid] == null) | "leaked: LoadBalancer \(.metadata.name)"),
      (if ($a[0].items | length) != ($s[0].items | length)
        then "leaked: \($a[0].items | length) Addresses for \($s[0].items | length) Services" else empty end)'
}

chaos_settled() { [ -z "$(chaos_left)" ]; }

chaos_unsettled() { chaos_left >>"$CHAOS_VIOLATIONS"; }

chaos_verdict() { # services, kills, restarts, seconds
  local count
  sort -u -o "$CHAOS_VIOLATIONS" "$CHAOS_VIOLATIONS"
  count=$(wc -l <"$CHAOS_VIOLATIONS")
  say "$1 Services, and $CHAOS_MADE created in all. Two operators without leader election, killed $2 times. $3 restarts of the API server."
  say "$CHAOS_WRITES writes by other clients, and $CHAOS_LOOKS checks with kubectl, in $4 s."
  [ "$count" = 0 ] || {
    mkdir -p "$ROOT/target/chaos-logs"
    cp "$CHAOS_DIR"/*.log "$CHAOS_DIR"/*.json "$ROOT/target/chaos-logs/"
    head -n 20 "$CHAOS_VIOLATIONS" | sed 's/^/     | /' >&2
    fail "There are $count violations." "All of them are in $CHAOS_VIOLATIONS." "See $ROOT/target/chaos-logs."
  }
  say "0 violations. No address was allocated twice, leaked or moved."
}
