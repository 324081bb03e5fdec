# shellcheck shell=bash
# A cluster with Ballast in it, for demo, test and bench: the user's, or one of the lab's.

# shellcheck source=tools/dev/lib/background.sh
. "$ROOT/tools/dev/lib/background.sh"
# shellcheck source=tools/dev/images.sh
. "$ROOT/tools/dev/images.sh"

RELEASE=ballast
RELEASE_NAMESPACE=ballast-system
LAB_POOL=198.18.100.0/24

# find_cluster: KUBECONFIG if the caller has set one, else the lab's cluster, which is started when it is not up.
# Sets CLUSTER: own (the user's), lab (one that was up already) or ours (taken down at the end). It may still be on its way
# up afterwards, so that something else can be built meanwhile: see await_cluster.
find_cluster() {
  local program
  if [ -n "${KUBECONFIG:-}" ] && [ "$KUBECONFIG" != "$("$LAB" kubeconfig 2>/dev/null)" ]; then
    CLUSTER=own
    [ -n "${BALLAST_POOL:-}" ] ||
      fail "BALLAST_POOL is not set." "Ballast does not know which addresses are free on the LAN of your cluster." \
        "Set it, as in BALLAST_POOL=192.168.1.240-192.168.1.250 ./dev demo, or unset KUBECONFIG to use a new cluster."
    PATH=$PATH:$BALLAST_CACHE/bin
    for program in kubectl helm; do
      command -v $program >/dev/null || "$LAB" build $program
    done
    kubectl get --raw /readyz >/dev/null || fail "The cluster does not answer." "KUBECONFIG is $KUBECONFIG." "kubectl version"
    say "Using the cluster of your KUBECONFIG, $(kubectl config current-context)."
    return
  fi
  if "$LAB" status >/dev/null 2>&1; then
    CLUSTER=lab
    say "Using the lab's cluster, which is up and stays up."
  else
    CLUSTER=ours
    [ "$(id -u)" = 0 ] ||
      fail "Only root can start a cluster here." "Its nodes are network namespaces with containers." \
        "Run it with sudo, run './dev demo --local', or set KUBECONFIG to your cluster."
    "$LAB" deps
    "$LAB" build
    "$LAB" images
    on_exit cluster_end
    say "Starting a cluster of three nodes."
    mkdir -p "$ROOT/target"
    background "$ROOT/target/lab-up.log" "$LAB" up
    CLUSTER_STARTS=$!
  fi
  BALLAST_POOL=${BALLAST_POOL:-$LAB_POOL}
}

await_cluster() {
  [ "$CLUSTER" != own ] || return 0
  if [ "$CLUSTER" = ours ] && ! wait "$CLUSTER_STARTS"; then
    CLUSTER= # it took down what it had started; what is up now is another's
    tail_of "$ROOT/target/lab-up.log"
    fail "The cluster did not start." "See the lines above."
  fi
  eval "$("$LAB" env)"
}

cluster_end() {
  [ -n "${CLUSTER:-}" ] || return 0
  CLUSTER=
  if [ -z "${KEEP:-}" ]; then "$LAB" down; else say "The cluster stays up. ./dev cluster down removes it."; fi
}

# undo COMMAND…: at the end, unless the cluster goes as a whole or the user wants to keep it.
undo() { [ "$CLUSTER" = ours ] || [ -n "${KEEP:-}" ] || on_exit "$@"; }

# install_ballast TAR…: the images in the tars, with the chart of this folder.
install_ballast() {
  if [ "$CLUSTER" = own ]; then
    say "The nodes need the images of Ballast. On kind, run: kind load image-archive $*"
  else
    "$LAB" load "$@"
  fi
  local before=
  if helm status $RELEASE -n $RELEASE_NAMESPACE >/dev/null 2>&1; then
    before=yes
  else
    undo uninstall_ballast "$(kubectl get crd loadbalancers.ballast.dev -o name --ignore-not-found)" \
      "$(kubectl get namespace $RELEASE_NAMESPACE -o name --ignore-not-found)"
  fi
  logged "$ROOT/target/helm.log" helm upgrade --install $RELEASE "$ROOT/charts/ballast" -n $RELEASE_NAMESPACE --create-namespace \
    --wait --timeout 180s || { ballast_pods; fail "Ballast did not become ready." "See the lines above."; }
  # the images may be new ones under the names that the running Pods have already
  [ -z "$before" ] || kubectl rollout restart deployment,daemonset -n $RELEASE_NAMESPACE >/dev/null
  kubectl rollout status deployment,daemonset -n $RELEASE_NAMESPACE --timeout=120s >/dev/null
}

address_pool() { # name, addresses
  kubectl apply -f - >/dev/null <<END
apiVersion: ballast.dev/v1alpha1
kind: AddressPool
metadata: {name: $1}
spec: {addresses: ["$2"]}
END
}

# uninstall_ballast CRD NAMESPACE: each empty unless it was there before Ballast.
uninstall_ballast() {
  if [ -n "$(kubectl get loadbalancers.ballast.dev -A -o name 2>/dev/null)" ]; then
    say "Ballast stays installed, because it serves Services that this run did not create."
    return
  fi
  quietly helm uninstall $RELEASE --ignore-not-found -n $RELEASE_NAMESPACE --wait
  # helm keeps the CRDs, because deleting them deletes all objects of these kinds
  [ -n "$1" ] || quietly kubectl delete --ignore-not-found -f "$ROOT/charts/ballast/files/crds"
  [ -n "$2" ] || quietly kubectl delete --ignore-not-found namespace $RELEASE_NAMESPACE
  say "Ballast is removed from the cluster."
}

# quietly COMMAND…: says something only when it fails.
quietly() { logged "$ROOT/target/undo.log" "$@"; }

ballast_pods() { kubectl get pods -n $RELEASE_NAMESPACE -o wide >&2 || true; }

# collect_logs FOLDER: the logs, events and objects to read after a failure.
collect_logs() {
  local pod
  rm -rf "$1"
  mkdir -p "$1"
  for pod in $(kubectl get pods -n $RELEASE_NAMESPACE -o name); do
    kubectl logs -n $RELEASE_NAMESPACE "$pod" --all-containers >"$1/${pod##*/}.log"
    kubectl logs -n $RELEASE_NAMESPACE "$pod" --all-containers --previous >"$1/${pod##*/}.previous.log"
  done
  kubectl get events -A --sort-by=.metadata.creationTimestamp >"$1/events.txt"
  kubectl describe pods -n $RELEASE_NAMESPACE >"$1/ballast-pods.txt"
  kubectl get pods,services,endpointslices -A -o wide >"$1/objects.txt"
  kubectl get services,loadbalancers.ballast.dev,addresses.ballast.dev,addresspools.ballast.dev -A -o yaml >"$1/objects.yaml"
  find "$1" -empty -delete
} 2>/dev/null
