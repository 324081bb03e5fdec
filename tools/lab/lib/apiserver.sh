# shellcheck shell=bash
# etcd and the API server: the part that the full cluster and `api-only` share.
# The caller sets PKI, PIDS, LOGS, MARK and DATA.

SERVICE_CIDR=10.96.0.0/16

free_port() {
  local port
  for _ in {1..200}; do
    # below the range the kernel gives to outgoing connections
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  fail "No free port was found on 127.0.0.1." "200 ports from 20000 to 31999 were tried."
}

etcd_answers() { [[ $(curl -fsS --noproxy '*' -m 2 "http://127.0.0.1:$ETCD_PORT/health") == *'"true"'* ]]; }

api_answers() { "$BIN/kubectl" --kubeconfig="$1" --request-timeout=2s get --raw /readyz; }

# launch NAME TIMEOUT-SECONDS CHECK LAUNCHER: tries again with other ports if another process has taken one.
launch() {
  local name=$1 timeout=$2 check=$3 launcher=$4
  for _ in {1..5}; do
    : >"$LOGS/$name.log"
    "$launcher"
    # shellcheck disable=SC2086
    ready_or_dead "$timeout" "$name" $check && return 0
    grep -q 'address already in use' "$LOGS/$name.log" || break
    kill_now "$name"
  done
  tail_of "$LOGS/$name.log"
  fail "$name did not start." "See the lines above." "Read the whole log in $LOGS/$name.log."
}

# etcd keeps its data for as long as the lab is up: it need not survive a power cut, so no fsync.
start_etcd() {
  ETCD_PORT=$(free_port)
  start etcd "$BIN/etcd" --name=lab --data-dir="$DATA/etcd" --unsafe-no-fsync --log-level=warn \
    --listen-client-urls="http://127.0.0.1:$ETCD_PORT" --advertise-client-urls="http://127.0.0.1:$ETCD_PORT" \
    --listen-peer-urls="http://127.0.0.1:$(free_port)"
}

# start_api ADDRESS PORT MORE-FLAGS…
start_api() {
  local address=$1 port=$2
  shift 2
  start kube-apiserver "$BIN/kube-apiserver" --etcd-servers="http://127.0.0.1:$ETCD_PORT" \
    --bind-address="$address" --secure-port="$port" --advertise-address="$address" \
    --tls-cert-file="$PKI/apiserver.crt" --tls-private-key-file="$PKI/apiserver.key" --client-ca-file="$PKI/ca.crt" \
    --service-account-issuer=https://kubernetes.default.svc --service-account-key-file="$PKI/sa.pub" \
    --service-account-signing-key-file="$PKI/sa.key" --service-cluster-ip-range="$SERVICE_CIDR" \
    --allow-privileged=true --cert-dir="$DATA/apiserver" "$@"
}
