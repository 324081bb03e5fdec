# shellcheck shell=bash
# `bench ipam`: many Services at once, against the operator alone, and on a cluster, where MetalLB does the same afterwards.

# shellcheck source=tools/dev/lib/apionly.sh
. "$ROOT/tools/dev/lib/apionly.sh"
# shellcheck source=tools/dev/lib/metallb.sh
. "$ROOT/tools/dev/lib/metallb.sh"

IPAM_NAMESPACE=ballast-bench
IPAM_RESULT=$ROOT/target/bench/ipam.json
# the flags of the image, and its heap
IPAM_JAVA="-XX:+UseSerialGC -XX:+UseCompactObjectHeaders -Xmx256m -XX:TieredStopAtLevel=1 -XX:CompileThresholdScaling=0.05"

bench_ipam() {
  command -v jq >/dev/null || fail "jq is missing." "The benchmark reads its results with it." "Install jq."
  case ${1:-all} in
    alone) ipam_alone ;;
    cluster) ipam_cluster ;;
    all) ipam_alone && ipam_cluster ;;
    *) fail "Unknown part '$1'." "The parts of 'bench ipam' are alone and cluster." "./dev bench ipam" ;;
  esac
}

# An API server and the operator, no more: the nodes' reports are written by the benchmark itself.
ipam_alone() {
  local dir services=${BENCH_SERVICES:-10000}
  use_jdk
  [ -n "${BENCH_BUILT:-}" ] ||
    maven package -DskipTests -Dspotless.check.skip=true -pl operator,bench -am
  dir=$(mktemp -d)
  start_api_server "$dir" $IPAM_NAMESPACE
  # what the API server takes by itself, and how that grows
  ipam_run alone_nobody "$services" 0 nobody $$
  address_pool bench 10.64.0.0/16
  # shellcheck disable=SC2086 # options, one word each
  BALLAST_LEADER_ELECTION=false BALLAST_ADMIN_PORT=0 \
    background "$dir/operator.log" java $IPAM_JAVA ${BENCH_OPERATOR_JAVA:-} \
    -cp "$ROOT/operator/target/classes:$ROOT/operator/target/lib/*" dev.ballast.operator.OperatorMain
  ipam_run alone "$services" "${BENCH_WARM_UP:-1000}" fake $!
  # the API server itself lists all ClusterIPs for each that it gives (ipallocator, Allocator.Used)
  jq -r 'select(.alone.last_by_first) | .alone_nobody as $nobody |
    "the last 1,000 of \(.alone.services) took \(.alone.last_by_first) × the first (bar: 1.3), the operator \(.alone.last_1000_cpu_s / .alone.first_1000_cpu_s * 100 | round / 100) × the CPU",
    "with nobody serving them it is \($nobody.last_by_first) ×; less that, \((.alone.last_1000_s - $nobody.last_1000_s) / (.alone.first_1000_s - $nobody.first_1000_s) * 100 | round / 100) ×"' "$IPAM_RESULT"
}

# ipam_run SECTION SERVICES WARM-UP fake|real|nobody PID…
ipam_run() {
  local section=$1 services=$2 warm_up=$3 node=$4
  shift 4
  [ $# -gt 0 ] || fail "The process to measure was not found." "Its Pods run on another machine." "Unset KUBECONFIG to use the lab's cluster."
  java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$ROOT/bench/target/classes:$ROOT/bench/target/lib/*" dev.ballast.bench.IpamBench \
    "$section" $IPAM_NAMESPACE "$services" "$warm_up" "${BENCH_CREATORS:-8}" "${BENCH_CLASS:-}" "$node" "$IPAM_RESULT" \
    "services,events,addresses,loadbalancers,addresspools,servicel2statuses,ipaddresspools" "$@"
}

# The same Services for Ballast and then, with Ballast uninstalled, for MetalLB: neither works beside the other.
ipam_cluster() {
  local tars before services=${BENCH_SERVICES:-2000} warm_up=${BENCH_WARM_UP:-100}
  find_cluster
  metallb_build
  tars=$(images_build)
  maven package -DskipTests -Dspotless.check.skip=true -pl bench
  await_cluster
  use_jdk
  before=$(helm status "$RELEASE" -n "$RELEASE_NAMESPACE" 2>/dev/null | grep -c deployed || true)
  # shellcheck disable=SC2086 # one word each
  install_ballast $tars
  undo quietly kubectl delete --ignore-not-found namespace $IPAM_NAMESPACE
  kubectl create namespace $IPAM_NAMESPACE >/dev/null
  undo quietly kubectl delete --ignore-not-found addresspool bench
  address_pool bench 198.18.104.0/21
  # of a class without a controller: the cost of the API server, kube-proxy and the other controllers
  BENCH_CLASS=example.com/nobody ipam_run nobody "$services" 0 nobody $$
  # shellcheck disable=SC2046 # one word each
  ipam_run ballast "$services" "$warm_up" real $(pgrep -f 'jib-classpath-file dev.ballast.operator.OperatorMain')
  metallb_install 198.18.112.0/21
  # shellcheck disable=SC2046 # one word each
  ipam_run metallb "$services" "$warm_up" real $(pgrep -f '^/controller --port=7472')
  metallb_remove
  # shellcheck disable=SC2086 # one word each
  [ "$before" = 0 ] || install_ballast $tars
  ipam_verdict
}

ipam_verdict() {
  jq -r '"Ballast: \(.ballast.services) Services in \(.ballast.seconds) s, \(.ballast.seconds_by_create_seconds) × the time to create them (bar: 1.5); p99 \(.ballast.p99_ms) ms (bar: 3000)",
    "MetalLB: \(.metallb.services) Services in \(.metallb.seconds) s; p99 \(.metallb.p99_ms) ms",
    "nobody:  \(.nobody.services) Services are made in \(.nobody.create_seconds) s when nobody serves them",
    "Ballast gives \(.ballast.services_per_second / .metallb.services_per_second * 10 | round / 10) × as many addresses a second (bar: 5), \(.metallb.p99_ms / .ballast.p99_ms * 10 | round / 10) × sooner at p99"' "$IPAM_RESULT"
}
