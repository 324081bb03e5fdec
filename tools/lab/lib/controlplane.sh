# shellcheck shell=bash
# The control plane of the full cluster: processes of this machine, listening on the LAN's .1 or on loopback only.

API_PORT=6443

make_certificates() {
  local name server=https://$HOST_ADDRESS:$API_PORT
  make_ca
  certificate apiserver /CN=kube-apiserver \
    "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,IP:10.96.0.1,IP:$HOST_ADDRESS"
  certificate kubelet-client /O=system:masters/CN=apiserver-kubelet-client
  admin_certificate
  for name in kube-controller-manager kube-scheduler kube-proxy coredns; do certificate $name "/CN=system:$name"; done
  for name in kube-controller-manager kube-scheduler kube-proxy coredns; do
    kubeconfig $name "$server" "$PKI/$name.kubeconfig"
  done
  kubeconfig admin "$server" "$KUBECONFIG_FILE"
  # exec and logs go from the API server to the kubelet by address: it must be in the certificate
  for name in $(nodes); do
    certificate "$name" "/O=system:nodes/CN=system:node:$name" "DNS:$name,IP:$(node_address "$name")"
    kubeconfig "$name" "$server" "$PKI/$name.kubeconfig"
  done
}

start_cluster_api() {
  start_api "$HOST_ADDRESS" $API_PORT --service-cluster-ip-range="$(dual "$SERVICE_CIDR" "$SERVICE_CIDR6")" \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction \
    --kubelet-client-certificate="$PKI/kubelet-client.crt" --kubelet-client-key="$PKI/kubelet-client.key" \
    --kubelet-certificate-authority="$PKI/ca.crt" --kubelet-preferred-address-types=InternalIP
}

start_controllers() {
  start kube-controller-manager "$BIN/kube-controller-manager" --kubeconfig="$PKI/kube-controller-manager.kubeconfig" \
    --service-account-private-key-file="$PKI/sa.key" --root-ca-file="$PKI/ca.crt" --use-service-account-credentials \
    --allocate-node-cidrs=false --leader-elect=false --secure-port=0
  start kube-scheduler "$BIN/kube-scheduler" --kubeconfig="$PKI/kube-scheduler.kubeconfig" \
    --authentication-skip-lookup --leader-elect=false --secure-port=0
}

# An outage of the API server: etcd, the nodes and their Pods stay. The controllers restart afterwards. In a cluster with leader
# election, a controller that cannot renew its lease for ten seconds exits, and the kubelet restarts it. Without the restart,
# its watches would back off for up to a minute more. The controller would report every node as lost and every Pod as unready.
api_command() {
  need_root "api"
  need_cluster
  lock_cluster 60
  case ${1:-} in
    stop) kill_now kube-apiserver ;;
    start)
      alive kube-apiserver && return 0
      ETCD_PORT=$(cat "$STATE/etcd-port")
      launch kube-apiserver 60 "api_answers $KUBECONFIG_FILE" start_cluster_api
      kill_now kube-controller-manager kube-scheduler
      start_controllers
      ;;
    *) fail "'lab api' takes 'stop' or 'start'." ;;
  esac
}
