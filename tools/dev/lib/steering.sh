# shellcheck shell=bash
# `bench steering`: the ways to an address of a node, beside kube-proxy's rules and without them.

# shellcheck source=tools/dev/lib/relay.sh
. "$ROOT/tools/dev/lib/relay.sh"

bench_steering() {
  local part=steering result=steering.json
  need_bench_machine steering "It creates network namespaces."
  install_missing 'nft nftables' 'ip iproute2'
  if [ "${1:-}" = ports ]; then
    part=ports result=steering-ports.json
    shift
  fi
  build_relay_bench
  say "The measurement starts. Run nothing else on this machine."
  # The names of the namespaces are in a mount namespace of their own. All of them go with the last process of the bench,
  # however it ends.
  unshare --net --mount --kill-child --fork bash -c "$(declare -f steering_namespaces); "'steering_namespaces; exec "$@"' bench \
    "$RELAY_BENCH" $part -out "$ROOT/target/bench" -java "$(relay_bench_java)" \
    -client 'nsenter --net=/run/netns/client' -backend 'nsenter --net=/run/netns/backend' "$@"
  say "The figures are in target/bench/$result."
}

# steering_namespaces makes this namespace a node, with a veth to the client's and one to the backend's.
steering_namespaces() {
  local name number=0 few_old_connections
  # Else there is no free port after some seconds of thousands of connections, and each column pays for those before it.
  few_old_connections=(net.ipv4.tcp_max_tw_buckets=1000 net.ipv4.tcp_tw_reuse=1 net.ipv4.ip_local_port_range='1024 65535')
  set -e
  mount -t tmpfs bench /run/netns 2>/dev/null || { mkdir -p /run/netns; mount -t tmpfs bench /run/netns; }
  ip link set lo up
  sysctl -qw net.ipv4.ip_forward=1
  for name in client backend; do
    number=$((number + 1))
    ip netns add $name
    ip link add to-$name type veth peer name node netns $name
    ip address add 10.66.$number.1/24 dev to-$name
    ip link set to-$name up
    ip -n $name link set lo up
    ip -n $name address add 10.66.$number.2/24 dev node
    ip -n $name link set node up
    ip -n $name route add default via 10.66.$number.1
    ip netns exec $name sysctl -qw "${few_old_connections[@]}"
  done
  sysctl -qw "${few_old_connections[@]}" net.netfilter.nf_conntrack_tcp_timeout_time_wait=1
  # The addresses that the relay serves: the one of the load, and those of many ports.
  ip route add local 10.66.0.1 dev lo table local src 10.66.1.1
  ip route add local 10.66.16.0/20 dev lo table local src 10.66.1.1
}
