# shellcheck shell=bash
# The cluster: where its state is, and `up` from the first step to the last.

STATE=${BALLAST_LAB:-/var/tmp/ballast-lab}
# Names of namespaces and addresses are the machine's, so there is one cluster at a time, wherever its state is kept.
OWNER=/run/ballast-lab

cluster_folders() {
  [ ! -e $OWNER ] || STATE=$(cat $OWNER)
  DATA=$STATE PKI=$STATE/pki PIDS=$STATE/pids LOGS=$STATE/log MARK=cluster
  KUBECONFIG_FILE=$STATE/kubeconfig
}

lock_cluster() { # seconds to wait for another command to end
  mkdir -p /run/lock
  exec 9>/run/lock/ballast-lab.lock
  flock -w "$1" 9 || fail "another 'lab' command is changing the cluster" "it holds /run/lock/ballast-lab.lock" "wait for it to end"
}

need_cluster() {
  cluster_folders
  [ -e "$STATE/is-up" ] || fail "no cluster is up" "there is none under $STATE" "lab up"
  SIZE=$(cat "$STATE/is-up")
}

kube() { "$BIN/kubectl" --kubeconfig="$KUBECONFIG_FILE" "$@"; }

nodes() { local i; for ((i = 1; i <= SIZE; i++)); do echo "n$i"; done; }

need_node() {
  need_cluster
  [[ " $(nodes | xargs) " == *" ${1:-} "* ]] || fail "there is no node '${1:-}'" "the nodes are $(nodes | xargs)"
}

cluster_up() {
  SIZE=${1:-3}
  [[ $SIZE =~ ^[1-9]$ ]] || fail "a cluster has from 1 to 9 nodes" "'$SIZE' was asked for" "lab up 3"
  need_root up
  install_packages
  build_programs
  build_images
  lock_cluster 0
  cluster_folders
  [ ! -e $OWNER ] || fail "a cluster is up already, or was not taken down wholly" "its state is in $STATE" "use it as it is (lab status), or run 'lab down' first"
  [ ! -e "$STATE" ] || [ -z "$(ls -A "$STATE")" ] ||
    fail "$STATE is not empty" "the cluster's state goes there, and is deleted with it" "set BALLAST_LAB to another folder"
  refuse_overlaps

  trap cluster_up_failed EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  rm -rf "$STATE.failed"
  steps 8
  step "laying the LAN and $SIZE nodes' links"
  mkdir -p "$STATE"/{pids,log}
  echo "$STATE" >$OWNER
  logged "$LOGS/network.log" network_up "$SIZE"
  step "making certificates"
  make_certificates
  step "starting etcd, the API server and the image registry"
  start_registry
  launch etcd 30 etcd_answers start_etcd
  echo "$ETCD_PORT" >"$STATE/etcd-port"
  launch kube-apiserver 60 "api_answers $KUBECONFIG_FILE" start_cluster_api
  step "starting the controller manager, the scheduler and DNS"
  start_controllers
  logged "$LOGS/dns-objects.log" start_dns
  step "starting the nodes"
  for node in $(nodes); do prepare_node "$node"; done
  for node in $(nodes); do start_node "$node"; done
  step "waiting for the nodes to register"
  ready_or_dead 60 n1 nodes_registered || { tail_of "$LOGS/n1.log"; tail_of "$STATE/nodes/n1/log/kubelet.log"; fail "not every node registered within a minute"; }
  step "waiting for the nodes to be ready, and putting images on them"
  give_pod_ranges
  preload "${IMAGES[@]}"
  logged "$LOGS/ready.log" kube wait --for=condition=Ready node --all --timeout=90s
  step "waiting for DNS to answer through its Service"
  eventually 30 dns_answers || { tail_of "$LOGS/coredns.log"; fail "DNS did not answer within 30 seconds"; }
  echo "$SIZE" >"$STATE/is-up"
  trap - EXIT INT TERM
  say "The cluster is up after $(elapsed): $SIZE nodes, kubeconfig $KUBECONFIG_FILE"
  say "For this shell: eval \"\$($LAB_HOME/lab env)\""
}

# What a half-made cluster leaves is taken down again; its logs are kept for whoever looks into it.
cluster_up_failed() {
  local status=$?
  trap - EXIT INT TERM
  set +e
  say "lab: the cluster did not come up; it failed at: $SAY_NOW"
  cp -r "$LOGS" "$STATE.failed" 2>/dev/null
  for node in "$STATE"/nodes/n*; do cp -r "$node/log" "$STATE.failed/${node##*/}" 2>/dev/null; done
  say "     all logs are kept in $STATE.failed; taking down what was started"
  take_down
  exit $((status == 0 ? 1 : status))
}
