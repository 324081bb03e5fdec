# shellcheck shell=bash
# `bench checks`: the processor time of what nodes find out about themselves and each other.

CHECKS_RESULT=$ROOT/target/bench/checks.json

bench_checks() {
  local tars services=${BENCH_SERVICES:-1000} seconds=${BENCH_SECONDS:-180} since
  command -v jq >/dev/null || fail "jq is missing." "The benchmark reads its results with it." "Install jq."
  find_cluster
  tars=$(images_build)
  await_cluster
  # shellcheck disable=SC2086 # one word each
  install_ballast $tars
  bench_backends
  undo quietly kubectl delete --ignore-not-found addresspool checks
  address_pool checks 198.18.104.0/21
  say "Creating $services Services."
  checks_services "$services" | kubectl create -f - >/dev/null
  checks_await "$services"
  say "Another node reaches each of $services addresses. Measuring for $seconds s."
  # what the first check of each address has cost is not part of it
  sleep 30
  since=$(checks_sample)
  sleep "$seconds"
  checks_verdict "$since" "$(checks_sample)" "$services" "$seconds"
}

checks_services() { # how many
  local number
  for ((number = 1; number <= $1; number++)); do
    cat <<END
---
apiVersion: v1
kind: Service
metadata: {name: checked-$number, namespace: $BENCH_NAMESPACE, annotations: {ballast.dev/pool: checks}}
spec:
  type: LoadBalancer
  allocateLoadBalancerNodePorts: false
  selector: {app: bench}
  ports: [{port: 80, targetPort: 8080}]
END
  done
}

checks_await() { # how many
  local reached=0 end=$((SECONDS + 900))
  while [ "$reached" -lt "$1" ]; do
    [ $SECONDS -lt $end ] || fail "Only $reached of $1 addresses are reachable." "No other node has reached the rest within 15 minutes." \
      "kubectl get loadbalancers -n $BENCH_NAMESPACE"
    sleep 5
    reached=$(kubectl get loadbalancers -n $BENCH_NAMESPACE -o json |
      jq '[.items[].status.conditions[]? | select(.type == "Reachable" and .status == "True")] | length')
  done
}

# A line for each data plane: its process, the clock ticks of the threads that check, and those of all threads.
checks_sample() {
  local process thread name checking all ticks
  for process in $(pgrep -f 'jib-classpath-file dev.ballast.dataplane.server.DataPlaneMain'); do
    checking=0 all=0
    for thread in /proc/"$process"/task/*; do
      name=$(cat "$thread/comm" 2>/dev/null) || continue
      ticks=$(sed 's/.*) //' "$thread/stat" | awk '{ print $12 + $13 }')
      all=$((all + ticks))
      case $name in
        peer-checker | reachability* | node-diagnosis) checking=$((checking + ticks)) ;;
      esac
    done
    echo "$process $checking $all"
  done
}

checks_verdict() { # before, after, services, seconds
  mkdir -p "$ROOT/target/bench"
  join <(sort <<<"$1") <(sort <<<"$2") |
    awk -v services="$3" -v seconds="$4" -v hertz="$(getconf CLK_TCK)" '
      { checking = ($4 - $2) / hertz / seconds * 100; all = ($5 - $3) / hertz / seconds * 100
        nodes++; sum += checking; total += all; if (checking > most) most = checking }
      END { printf "{\"addresses\": %d, \"nodes\": %d, \"seconds\": %d, \"checks_percent_of_a_core\": %.2f, \"most_of_a_node\": %.2f, \"data_planes_percent_of_a_core\": %.1f}\n",
        services, nodes, seconds, sum, most, total }' >"$CHECKS_RESULT"
  jq -r '"\(.addresses) addresses on \(.nodes) nodes: the checks take \(.checks_percent_of_a_core) % of a core on all nodes, and at most \(.most_of_a_node) % on one (bar: 1).",
    "The data planes take \(.data_planes_percent_of_a_core) % of a core for everything."' "$CHECKS_RESULT"
  say "The figures are in target/bench/checks.json."
}
