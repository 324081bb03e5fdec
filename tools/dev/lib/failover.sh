# shellcheck shell=bash
# `bench failover`: what clients outside the cluster see when a node, or its data plane, fails or leaves.

# shellcheck source=tools/dev/lib/metallb.sh
. "$ROOT/tools/dev/lib/metallb.sh"

FAILOVER_BENCH=$ROOT/target/bench/failoverbench
FAILOVER_RESULT=$ROOT/target/bench/failover.json
FAILOVER_NAMESPACE=ballast-failover
FAILOVER_ADDRESSES=12
# The backend is outside the cluster, so no fault of a node is a fault of a backend. It is a neighbor of the nodes.
FAILOVER_BACKEND=198.18.0.9
# Nodes answer ARP for a client, and this one asks for all addresses all the time.
FAILOVER_ASKER=198.19.0.60

failover_help() {
  cat >&2 <<'END'
./dev bench failover [OPTION…]
  --rounds N          so many rounds of each input, instead of 20
  --short             5 rounds of each input
  --only INPUT,…      link-cut, port-cut, node-kill, sigkill, stop-300ms, stop-800ms, stop-20s, drain, exclude,
                      api-down-link-cut, flapping or partition
  --hogs              four processor hogs a core; the figures are apart from those without
  --of NAME           ballast or metallb, instead of both
  --random            random faults of Ballast's nodes, and three invariants instead of figures
  --minutes N         so many minutes of random faults, instead of 5
  --seed N            the faults of an earlier run, which has printed its seed
END
}

bench_failover() {
  local rounds=20 only='' hogs='' of='ballast metallb' random='' minutes=5 seed=0 tars
  while [ $# -gt 0 ]; do
    case $1 in
      --rounds) rounds=${2:-}; shift ;;
      --short) rounds=5 ;;
      --only) only=${2:-}; shift ;;
      --hogs) hogs=-hogs ;;
      --of) of=${2:-}; shift ;;
      --random) random=-random of=ballast ;;
      --minutes) minutes=${2:-}; shift ;;
      --seed) seed=${2:-}; shift ;;
      --help) failover_help; return ;;
      *) failover_help; fail "Unknown option '$1'." "" "See the options above." ;;
    esac
    shift
  done
  [[ $rounds =~ ^[1-9][0-9]*$ ]] || fail "--rounds takes a number." "It got '$rounds'." "./dev bench failover --rounds 5"
  [[ $minutes =~ ^[1-9][0-9]*$ ]] || fail "--minutes takes a number." "It got '$minutes'." "./dev bench failover --random --minutes 5"
  [[ $seed =~ ^[0-9]+$ ]] || fail "--seed takes a number." "It got '$seed'." "./dev bench failover --random --seed 1764000000"
  [[ " ballast metallb " == *" $of "* ]] ||
    fail "Unknown load balancer '$of'." "The benchmark measures ballast and metallb." "./dev bench failover --of ballast"
  [ "$(id -u)" = 0 ] || fail "'bench failover' must run as root." "It cuts links and kills processes of the lab's nodes." "Run it with sudo."
  command -v go >/dev/null || fail "Go is missing." "The client is written in Go." "Install Go 1.24 or newer."
  failover_build
  find_cluster
  [ "$CLUSTER" != own ] || fail "The failover is measured only on the lab's cluster." "It cuts links of the nodes." "Unset KUBECONFIG."
  [[ $of != *metallb* ]] || metallb_build
  tars=$(images_build)
  await_cluster
  failover_lan
  # shellcheck disable=SC2086 # one word each
  install_ballast $tars
  undo quietly kubectl delete --ignore-not-found addresspool failover
  address_pool failover "$BALLAST_POOL"
  [[ $of != *ballast* ]] || failover_run ballast
  if [ "$random" ]; then
    say "All invariants held."
    return
  fi
  if [[ $of == *metallb* ]]; then
    metallb_install "$BALLAST_POOL"
    failover_run metallb
    metallb_remove
  fi
  "$FAILOVER_BENCH" table "$FAILOVER_RESULT"
  say "The figures are in target/bench/failover.json, and those of each round in failover-rounds.json."
}

failover_build() {
  mkdir -p "${FAILOVER_BENCH%/*}"
  env -C "$ROOT/bench/failover" CGO_ENABLED=0 go test . >/dev/null || fail "The judgement of the bench is wrong." "Its tests fail." "env -C bench/failover go test"
  env -C "$ROOT/bench/failover" CGO_ENABLED=0 go build -trimpath -o "$FAILOVER_BENCH" . || fail "The bench does not compile." "See the lines above."
}

# failover_lan: one more machine on the LAN, with the backend and the observer. `lab down` removes it too.
failover_lan() {
  failover_lan_down
  on_exit failover_lan_down
  ip netns add ballast-bench
  ip link add ballast-bench type veth peer name eth0 netns ballast-bench
  ip link set ballast-bench master ballast-lan up
  ip -n ballast-bench link set lo up
  ip -n ballast-bench address add $FAILOVER_BACKEND/16 dev eth0
  ip -n ballast-bench address add $FAILOVER_ASKER/16 dev eth0
  ip -n ballast-bench link set eth0 up
}

failover_lan_down() {
  ip link del ballast-bench 2>/dev/null || true
  ip netns del ballast-bench 2>/dev/null || true
}

failover_run() { # ballast or metallb
  local addresses status=0
  failover_services
  eventually 120 failover_have_addresses || fail "Not every Service has an address." "The load balancer has not given one within 2 minutes." "kubectl get services -n $FAILOVER_NAMESPACE"
  addresses=$(failover_addresses | paste -sd,)
  say "Measuring $1 with $FAILOVER_ADDRESSES addresses. Run nothing else on this machine."
  # shellcheck disable=SC2086 # one option or none each
  "$FAILOVER_BENCH" run -column "$1" -lab "$LAB" -addresses "$addresses" -rounds "$rounds" -only "$only" -out "$ROOT/target/bench" \
    -backend $FAILOVER_BACKEND:8080 -asker $FAILOVER_ASKER $hogs \
    $random -minutes "$minutes" -seed "$seed" || status=$?
  quietly kubectl delete namespace $FAILOVER_NAMESPACE
  [ $status != 1 ] || fail "The run with random faults failed." "An invariant was violated, or the cluster did not recover. The lines above name it, and the seed." "./dev bench failover --random --seed NUMBER"
  [ $status = 0 ] || fail "The measurement of $1 ended early." "See the lines above."
}

failover_services() {
  local number
  undo quietly kubectl delete --ignore-not-found namespace $FAILOVER_NAMESPACE
  kubectl create namespace $FAILOVER_NAMESPACE >/dev/null
  for ((number = 1; number <= FAILOVER_ADDRESSES; number++)); do
    cat <<END
---
apiVersion: v1
kind: Service
metadata: {name: failover-$number, namespace: $FAILOVER_NAMESPACE}
spec:
  type: LoadBalancer
  allocateLoadBalancerNodePorts: false
  ports: [{name: ask, port: 80, targetPort: 8080}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: failover-$number, namespace: $FAILOVER_NAMESPACE, labels: {kubernetes.io/service-name: failover-$number}}
addressType: IPv4
endpoints: [{addresses: ["$FAILOVER_BACKEND"], conditions: {ready: true}}]
ports: [{name: ask, port: 8080, protocol: TCP}]
END
  done | kubectl apply -f - >/dev/null
}

failover_addresses() {
  kubectl get services -n $FAILOVER_NAMESPACE -o jsonpath='{range .items[*]}{.status.loadBalancer.ingress[0].ip}{"\n"}{end}' | grep .
}

failover_have_addresses() { [ "$(failover_addresses | wc -l)" = $FAILOVER_ADDRESSES ]; }
