# shellcheck shell=bash
#: bench apply [metallb]    measure the time from a new Service to its address and first answer, 50 times; also MetalLB
#: bench checks             measure the processor time of the checks of nodes and addresses, with 1,000 Services; 8 minutes
#: bench failover [OPTION]  measure what clients see when a node fails or leaves, also with MetalLB; hours, see --help
#: bench ipam [PART]        create Services at once: 2,000 on a cluster, also MetalLB (cluster); 10,000 on an API server (alone)
#: bench pick               measure the choice of a backend, at 3, 100 and 5,000 backends
#: bench relay [--short]    compare the relay with HAProxy, nginx and Vert.x on one core; 25 minutes, or 5 with --short
#: bench relay profile      count system calls and draw flame graphs of the relay and its peers
#: bench steering [--short] compare steered and bound listeners, beside the rules of kube-proxy and without; 20 minutes, or 5
#: bench simulation         simulate the heartbeats of 50, 100 and 1,000 nodes: bytes, processor time, and the time until all know of a death
#: bench overload           flood one Service and measure the clients of another, beside HAProxy
#: bench steering ports     measure one more port among 10,000, and the memory and descriptors of all

# shellcheck source=tools/dev/lib/install.sh
. "$ROOT/tools/dev/lib/install.sh"
# shellcheck source=tools/dev/lib/ipam.sh
. "$ROOT/tools/dev/lib/ipam.sh"
# shellcheck source=tools/dev/lib/steering.sh
. "$ROOT/tools/dev/lib/steering.sh"
# shellcheck source=tools/dev/lib/overload.sh
. "$ROOT/tools/dev/lib/overload.sh"
# shellcheck source=tools/dev/lib/checks.sh
. "$ROOT/tools/dev/lib/checks.sh"
# shellcheck source=tools/dev/lib/failover.sh
. "$ROOT/tools/dev/lib/failover.sh"

BENCH_NAMESPACE=ballast-bench

dev_bench() {
  case ${1:-} in
    apply) shift; bench_apply "$@" ;;
    checks) bench_checks ;;
    failover) shift; bench_failover "$@" ;;
    ipam) shift; bench_ipam "$@" ;;
    overload) shift; bench_overload "$@" ;;
    pick) bench_pick ;;
    relay) shift; bench_relay "$@" ;;
    simulation) bench_simulation ;;
    steering) shift; bench_steering "$@" ;;
    *) fail "Unknown benchmark '${1:-}'." "The benchmarks are apply, checks, failover, ipam, overload, pick, relay, simulation and steering." "./dev bench apply" ;;
  esac
}

bench_pick() {
  local core=$ROOT/lb-dataplane/core/target
  maven test-compile dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile="$core/bench-classpath" \
    -Dspotless.check.skip=true -pl lb-dataplane/core
  mkdir -p "$ROOT/target/bench"
  java -cp "$core/classes:$core/test-classes:$(<"$core/bench-classpath")" dev.ballast.dataplane.core.balance.PickBench \
    "$ROOT/target/bench/pick.json" "$(image_jvm_flags)"
  say "The figures are in target/bench/pick.json."
}

bench_simulation() {
  local server=$ROOT/lb-dataplane/server/target
  maven test-compile dependency:build-classpath -Dmdep.includeScope=test -Dmdep.outputFile="$server/bench-classpath" \
    -Dspotless.check.skip=true -pl lb-dataplane/server -am
  mkdir -p "$ROOT/target/bench"
  java -cp "$server/classes:$server/test-classes:$(<"$server/bench-classpath")" \
    dev.ballast.dataplane.server.heartbeat.SimulationBench "$ROOT/target/bench/simulation.json"
  say "The figures are in target/bench/simulation.json."
}

bench_apply() {
  local tars
  [ "${1:-metallb}" = metallb ] || fail "Unknown peer '$1'." "'bench apply' compares with metallb." "./dev bench apply metallb"
  find_cluster
  [ $# = 0 ] || metallb_build
  tars=$(images_build)
  maven package -DskipTests -pl bench
  await_cluster
  # shellcheck disable=SC2086 # one word each
  install_ballast $tars
  bench_backends
  use_jdk
  apply_run ballast apply
  if [ $# != 0 ]; then
    metallb_install "$BALLAST_POOL"
    apply_run peer apply-metallb
    metallb_remove
  fi
}

apply_run() { # whose, file; with nothing of an earlier run left
  quietly kubectl delete services --all -n $BENCH_NAMESPACE
  # shellcheck disable=SC2086 # may be empty, or a command with arguments
  ${BALLAST_E2E_OUTSIDE:-} java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:CompileThresholdScaling=0.05 \
    -Djdk.tls.client.cipherSuites=TLS_CHACHA20_POLY1305_SHA256,TLS_AES_128_GCM_SHA256 -cp "$ROOT/bench/target/classes:$ROOT/bench/target/lib/*" \
    dev.ballast.bench.ApplyBench $BENCH_NAMESPACE "${BENCH_SERVICES:-50}" "${BENCH_WARM_UP:-10}" "$ROOT/target/bench/$2.json" "$1"
}

bench_backends() {
  undo quietly kubectl delete --ignore-not-found addresspool bench
  undo quietly kubectl delete --ignore-not-found namespace $BENCH_NAMESPACE
  undo quietly kubectl delete services --all -n $BENCH_NAMESPACE
  kubectl get namespace $BENCH_NAMESPACE >/dev/null 2>&1 || kubectl create namespace $BENCH_NAMESPACE >/dev/null
  address_pool bench "$BALLAST_POOL"
  kubectl apply -f - >/dev/null <<END
apiVersion: apps/v1
kind: Deployment
metadata: {name: backends, namespace: $BENCH_NAMESPACE}
spec:
  replicas: 2
  selector: {matchLabels: {app: bench}}
  template:
    metadata: {labels: {app: bench}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: agnhost
        image: registry.k8s.io/e2e-test-images/agnhost:2.56
        args: [netexec, --http-port=8080, --udp-port=-1]
        readinessProbe: {httpGet: {path: /hostname, port: 8080}, periodSeconds: 1}
END
  kubectl rollout status deployment backends -n $BENCH_NAMESPACE --timeout=120s >/dev/null
}
