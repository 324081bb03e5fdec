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
  flock -w "$1" 9 || fail "Another 'lab' command changes the cluster." "It holds /run/lock/ballast-lab.lock." "Wait until it ends."
}

need_cluster() {
  cluster_folders
  [ -e "$STATE/is-up" ] || fail "No cluster is up." "$STATE does not contain one." "lab up"
  SIZE=$(cat "$STATE/is-up")
}

kube() { "$BIN/kubectl" --kubeconfig="$KUBECONFIG_FILE" "$@"; }

nodes() { local i; for ((i = 1; i <= SIZE; i++)); do echo "n$i"; done; }

need_node() {
  need_cluster
  [[ " $(nodes | xargs) " == *" ${1:-} "* ]] || fail "Unknown node '${1:-}'." "The nodes are $(nodes | xargs)."
}

cluster_up() {
  SIZE=${1:-3}
  [[ $SIZE =~ ^[1-9]$ ]] || fail "A cluster has 1 to 9 nodes." "The requested number is '$SIZE'." "lab up 3"
  need_root up
  install_packages
  build_programs
  build_images
  lock_cluster 0
  cluster_folders
  [ ! -e $OWNER ] || fail "A cluster is up already, or was not removed completely." "Its state is in $STATE." "Use it (lab status), or run 'lab down' first."
  [ ! -e "$STATE" ] || [ -z "$(ls -A "$STATE")" ] ||
    fail "$STATE is not empty." "The lab stores the state of the cluster there and deletes it afterwards." "Set BALLAST_LAB to another folder."
  refuse_overlaps

  trap cluster_up_failed EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  rm -rf "$STATE.failed"
  steps 8
  step "creating the LAN and the links of $SIZE nodes"
  mkdir -p "$STATE"/{pids,log}
  echo "$STATE" >$OWNER
  logged "$LOGS/network.log" network_up "$SIZE"
  step "creating certificates"
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
  ready_or_dead 60 n1 nodes_registered || { tail_of "$LOGS/n1.log"; tail_of "$STATE/nodes/n1/log/kubelet.log"; fail "Not every node registered within a minute." "See the lines above."; }
  step "waiting for the nodes to become ready, and loading images"
  give_pod_ranges
  preload "${IMAGES[@]}"
  logged "$LOGS/ready.log" kube wait --for=condition=Ready node --all --timeout=90s
  step "waiting for DNS to answer through its Service"
  eventually 30 dns_answers || { tail_of "$LOGS/coredns.log"; fail "DNS did not answer within 30 seconds." "See the lines above."; }
  echo "$SIZE" >"$STATE/is-up"
  trap - EXIT INT TERM
  say "The cluster with $SIZE nodes is up after $(elapsed). Its kubeconfig is $KUBECONFIG_FILE."
  say "To use it in this shell, run: eval \"\$($LAB_HOME/lab env)\""
}

# Removes a cluster that did not start, and keeps its logs.
cluster_up_failed() {
  local status=$?
  trap - EXIT INT TERM
  set +e
  say "lab: The cluster did not start. The step that failed is '$SAY_NOW'."
  cp -r "$LOGS" "$STATE.failed" 2>/dev/null
  for node in "$STATE"/nodes/n*; do cp -r "$node/log" "$STATE.failed/${node##*/}" 2>/dev/null; done
  say "     All logs are in $STATE.failed. The started processes end now."
  take_down
  exit $((status == 0 ? 1 : status))
}
