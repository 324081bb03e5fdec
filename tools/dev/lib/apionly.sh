# shellcheck shell=bash
# An API server without a cluster.

# start_api_server DIR NAMESPACE: an API server with our kinds and this namespace, until this script ends and DIR goes with it.
# kubectl leads to it then.
start_api_server() {
  on_exit rm -rf "$1"
  on_exit "$LAB" api-only-down "$1/api"
  # without it, what follows would reach a cluster of the caller's
  KUBECONFIG=$("$LAB" api-only "$1/api") || return
  export KUBECONFIG
  PATH=$BALLAST_CACHE/bin:$PATH
  kubectl apply -f "$ROOT/charts/ballast/files/crds" >/dev/null
  kubectl wait --for=condition=Established crd --all --timeout=30s >/dev/null
  kubectl create namespace "$2" >/dev/null
}
