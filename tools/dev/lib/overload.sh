# shellcheck shell=bash
# `bench overload`: what the clients of one Service see while another one is flooded.

# shellcheck source=tools/dev/lib/relay.sh
. "$ROOT/tools/dev/lib/relay.sh"

bench_overload() {
  need_bench_machine overload "It creates a network namespace and installs HAProxy."
  install_missing 'haproxy haproxy' 'ip iproute2' 'prlimit util-linux'
  build_relay_bench
  say "The measurement starts. It takes 4 minutes. Run nothing else on this machine."
  # The memory and the descriptors of a data plane with the chart's limits. The namespace goes with its last process.
  unshare --net --kill-child --fork bash -c "$(declare -f overload_namespace); "'overload_namespace; exec "$@"' bench \
    "$RELAY_BENCH" overload -out "$ROOT/target/bench" -java "prlimit --nofile=20000 $(relay_bench_java | sed 's/^java /java -Xmx512m /')" "$@"
  say "The figures are in target/bench/overload.json."
}

# overload_namespace: loopback, and a network on which nobody answers.
overload_namespace() {
  set -e
  ip link set lo up
  ip link add dead type veth peer name nobody
  ip link set nobody up
  ip link set dead arp off up
  ip address add 10.66.0.1/24 dev dead
  sysctl -qw net.ipv4.tcp_max_tw_buckets=1000 net.ipv4.ip_local_port_range='32768 60999'
}
