# shellcheck shell=bash
# `api-only`: etcd and an API server on 127.0.0.1, no root, any number of them side by side.

api_only_folders() { # DIR
  DATA=$1 PKI=$1/pki PIDS=$1/pids LOGS=$1/log MARK=api-only
}

api_only() {
  [ $# = 1 ] || fail "'lab api-only' takes one folder." "Its state and kubeconfig are stored there." "lab api-only /tmp/my-api"
  mkdir -p "$1"
  local dir
  dir=$(realpath "$1")
  api_only_folders "$dir"
  exec 9>"$dir/.lock"
  flock 9
  if alive etcd && alive kube-apiserver; then
    say "An API server of $dir runs already."
    echo "$dir/kubeconfig"
    return
  fi
  build_programs etcd kube-apiserver kubectl
  api_only_clear "$dir"
  mkdir -p "$PIDS" "$LOGS"
  trap 'api_only_clear "$DATA"' EXIT
  make_ca
  certificate apiserver /CN=kube-apiserver "DNS:localhost,IP:127.0.0.1"
  admin_certificate
  launch etcd 30 etcd_answers start_etcd
  launch kube-apiserver 60 "api_answers $dir/kubeconfig" api_only_start_api
  trap - EXIT
  echo "$dir/kubeconfig"
}

# No controller manager runs here to make service accounts: Pods must be accepted without.
# Nor may the API server publish itself as an endpoint: it refuses a loopback address there.
# Services have both families, for what is asked of two.
api_only_start_api() {
  local port
  port=$(free_port)
  kubeconfig admin "https://127.0.0.1:$port" "$DATA/kubeconfig"
  api_only_api "$port"
}

api_only_api() { # port
  local port=$1
  start_api 127.0.0.1 "$port" --authorization-mode=RBAC --disable-admission-plugins=ServiceAccount \
    --endpoint-reconciler-type=none --service-cluster-ip-range="$SERVICE_CIDR,fd00:10:96::/112"
}

# The API server's process dies and comes back at its port; etcd stays.
api_only_restart() {
  [ $# = 1 ] || fail "'lab api-only-restart' takes one folder." "It is the folder of 'lab api-only'."
  api_only_folders "$(realpath "$1")"
  exec 9>"$DATA/.lock"
  flock 9
  alive etcd || fail "No API server of $DATA runs." "" "lab api-only $DATA"
  local port
  port=$(grep -o '127\.0\.0\.1:[0-9]*' "$DATA/kubeconfig" | cut -d: -f2)
  ETCD_PORT=$(tr '\0' '\n' <"/proc/$(pid_of etcd)/cmdline" | sed -n 's,^--listen-client-urls=http://127\.0\.0\.1:,,p')
  kill_now kube-apiserver
  # the last of its threads may hold the port for a moment
  for _ in {1..20}; do
    api_only_api "$port"
    ! ready_or_dead 60 kube-apiserver api_answers "$DATA/kubeconfig" || return 0
    tail -n 3 "$LOGS/kube-apiserver.log" | grep -q 'address already in use' || break
    sleep 0.5
  done
  tail_of "$LOGS/kube-apiserver.log"
  fail "The API server did not start again." "See the lines above."
}

api_only_down() {
  [ $# = 1 ] || fail "'lab api-only-down' takes one folder." "It is the folder of 'lab api-only'."
  [ -d "$1" ] || return 0
  api_only_folders "$(realpath "$1")"
  exec 9>"$DATA/.lock"
  flock 9
  api_only_clear
  rm -f "$DATA/.lock"
}

# The logs stay, for a look after a failure.
api_only_clear() {
  kill_now kube-apiserver etcd || true
  rm -rf "$DATA/etcd" "$DATA/apiserver" "$PKI" "$PIDS" "$DATA/kubeconfig"
}
