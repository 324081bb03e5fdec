# shellcheck shell=bash
# Nodes, from outside: their configuration, and switching them on and off. What happens within is node-init.sh's.

POD_RESOLVER=$DNS_SERVICE

prepare_node() { # node
  local dir=$STATE/nodes/$1 index=${1#n} ranges6=
  ! has_ipv6 || ranges6=", [{\"subnet\": \"$(pod_range6 "$1")\"}]"
  mkdir -p "$dir"/{cni,certs.d/_default,log}
  cp "$PKI/$1.kubeconfig" "$dir/kubelet.kubeconfig"
  cp "$PKI/kube-proxy.kubeconfig" "$dir/kube-proxy.kubeconfig"
  cp "$PKI/$1.crt" "$dir/kubelet.crt"
  cp "$PKI/$1.key" "$dir/kubelet.key"
  cp "$PKI/ca.crt" "$dir/ca.crt"
  echo "nameserver $HOST_ADDRESS" >"$dir/resolv.conf"
  # for every registry there is, ask the lab's and no other
  cat >"$dir/certs.d/_default/hosts.toml" <<END
server = "http://$REGISTRY"
[host."http://$REGISTRY"]
  capabilities = ["pull", "resolve"]
END
  cat >"$dir/cni/10-pods.conflist" <<END
{"cniVersion": "0.4.0", "name": "pods", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isDefaultGateway": true, "ipMasq": false, "hairpinMode": true,
   "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.244.$index.0/24"}]$ranges6]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
END
  cat >"$dir/containerd.toml" <<END
version = 2
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.k8s.io/pause:3.10"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$(cni_folder)"
    conf_dir = "/run/node/cni"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/run/node/certs.d"
END
  # cgroup managers of systemd are not there, nor are limits on the node as a whole wanted
  cat >"$dir/kubelet.yaml" <<END
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {x509: {clientCAFile: /run/node/ca.crt}, webhook: {enabled: true}, anonymous: {enabled: false}}
authorization: {mode: Webhook}
tlsCertFile: /run/node/kubelet.crt
tlsPrivateKeyFile: /run/node/kubelet.key
clusterDomain: cluster.local
clusterDNS: [$POD_RESOLVER]
resolvConf: /run/node/resolv.conf
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
volumePluginDir: /var/lib/kubelet/volume-plugins
cgroupDriver: cgroupfs
cgroupsPerQOS: false
enforceNodeAllocatable: []
localStorageCapacityIsolation: false
failSwapOn: false
evictionHard: {memory.available: 50Mi}
imageGCHighThresholdPercent: 100
serializeImagePulls: false
maxPods: 250
END
}

start_node() { # node
  start "$1" bash "$LAB_HOME/lib/node-cage.sh" "$1" "$(dual "$(node_address "$1")" "$(node_address6 "$1")")" "$STATE/nodes/$1" "$BIN" "$(cni_folder)"
}

# inside NODE: sets INSIDE to the command that enters all of its namespaces.
inside() {
  local cage init=
  cage=$(pid_of "$1") && init=$(ps -o pid= --ppid "$cage" | xargs)
  [ -n "$init" ] || fail "$1 is powered off." "" "lab node start $1"
  INSIDE=(nsenter --target "$init" --mount --uts --ipc --net --pid --)
}

nodes_registered() { [ "$(kube get nodes -o name | wc -l)" = "$SIZE" ]; }

give_pod_ranges() {
  local node range ranges
  for node in $(nodes); do
    range=10.244.${node#n}.0/24
    ranges=$(dual "\"$range\"" "\"$(pod_range6 "$node")\"")
    kube patch node "$node" -p "{\"spec\":{\"podCIDR\":\"$range\",\"podCIDRs\":[$ranges]}}" >/dev/null
  done
}

# A power failure: first the link goes down, so that no TCP segment leaves, then the processes end.
node_off() { # node
  ip link set "ballast-$1" down
  kill_now "$1"
  eventually 20 remove_cgroups "$1" || fail "Processes of $1 did not end." "$(node_processes "$1" | xargs ps -o pid,args -p)"
}

# Starts as a machine does: its disk is as it was; addresses, routes, rules and /run are new.
node_on() { # node
  local other
  detach "$1"
  attach_node "$1" "$SIZE"
  start_node "$1"
}

node_command() {
  need_root node
  need_node "${2:-}"
  lock_cluster 60
  case ${1:-} in
    stop) node_off "$2" ;;
    start) alive "$2" || node_on "$2" ;;
    *) fail "'lab node' takes 'stop' or 'start', and a node." ;;
  esac
  local node
  for node in $(nodes); do
    alive "$node" && { route_services "$node"; break; }
  done
}

# The cgroups of a node contain all of its processes, also those with other names, sessions or namespaces.
node_cgroups() { find /sys/fs/cgroup -mindepth 1 -maxdepth 2 -type d -name "ballast-${1:-n*}"; }

node_processes() { node_cgroups "${1:-}" | while read -r group; do find "$group" -name cgroup.procs -exec cat {} + 2>/dev/null; done | sort -un; }

remove_cgroups() {
  local group
  for group in $(node_cgroups "${1:-}"); do find "$group" -depth -type d -exec rmdir {} + || return 1; done
}
