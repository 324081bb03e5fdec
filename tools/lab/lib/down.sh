# shellcheck shell=bash
# Removes the cluster, in any state, and checks that nothing is left.

CONTROL_PLANE="coredns kube-scheduler kube-controller-manager kube-apiserver etcd registry"

cluster_down() {
  need_root down
  lock_cluster 60
  cluster_folders
  take_down
  local left
  left=$(find_leftovers)
  [ -z "$left" ] || fail "Parts of the cluster are left." "$left" "Run 'lab down' again, or remove them manually."
  say "The cluster is down. Nothing of it is left."
}

# Every step is tried, also when one before it failed or had nothing to do.
take_down() {
  set +e
  local file pid
  for file in "$PIDS"/*; do
    [ ! -e "$file" ] || kill_now "${file##*/}"
  done
  # what was started but not yet recorded when `up` was interrupted
  for pid in $(marked_processes) $(node_processes); do kill -KILL "$pid" 2>/dev/null; done
  eventually 20 remove_cgroups
  network_down
  if [ -e "$OWNER" ]; then
    rm -rf --one-file-system "$STATE" && rm -f "$OWNER"
  fi
  set -e
}

# Processes that the lab started for the cluster. A variable in their environment identifies them.
marked_processes() {
  grep -lz '^BALLAST_LAB_MARK=cluster$' /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3 | grep -vx $$
}

find_leftovers() {
  # most of these find nothing, and say so by failing
  set +e
  local pid
  for pid in $(marked_processes) $(node_processes); do echo "process $(ps -o pid=,args= -p "$pid" | cut -c1-100)"; done
  node_cgroups | sed 's/^/cgroup /'
  grep -o " ${STATE}[^ ]*" /proc/self/mounts | sed 's/^/mount/'
  ip netns list | awk '$1 ~ /^ballast-/ { print "namespace " $1 }'
  ip -br link | awk '$1 ~ /^ballast-/ { print "interface " $1 }'
  ip route | grep -E '^(198\.1[89]\.|10\.244\.|10\.96\.)' | sed 's/^/route /'
  ip -6 route | grep -E '^2001:2:' | sed 's/^/route /'
  iptables-save | grep ballast-lab | sed 's/^/rule /'
  ip6tables-save | grep ballast-lab | sed 's/^/rule /'
  if [ -e "$OWNER" ]; then echo "file $OWNER"; fi
  if [ -e "$STATE" ]; then echo "folder $STATE"; fi
  return 0
}

leftovers() {
  need_root leftovers
  cluster_folders
  local left
  left=$(find_leftovers)
  [ -z "$left" ] || { echo "$left"; exit 1; }
  say "Nothing of a cluster is left on this machine."
}
