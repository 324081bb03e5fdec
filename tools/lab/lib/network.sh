# shellcheck shell=bash
# The LAN: a bridge, a namespace on it for each node, and one for a client outside the cluster.
#
#   198.18.0.0/16     the LAN; .1 is this machine, .11 is n1, .12 is n2, …
#   198.18.100.0/22   within it, the addresses that load balancers announce
#   198.19.0.0/16     clients, this machine among them: a client from the nodes' own /16 would pass for a node
#   10.244.I.0/24     the Pods of node I
# network6.sh has the same in IPv6.
# 198.18.0.0/15 is reserved for benchmarks of network devices (RFC 2544), so it hides no real network.

LAN=198.18.0
HOST_ADDRESS=$LAN.1
HOST_AS_CLIENT=198.19.0.1
CLIENT_ADDRESS=198.19.0.50
CLIENTS=198.19.0.0/16
ANNOUNCED=198.18.100.0/22
POD_CIDR=10.244.0.0/16
BRIDGE=ballast-lan

node_address() { echo "$LAN.1${1#n}"; }
in_netns() { local name=$1; shift; nsenter --net="/run/netns/ballast-$name" "$@"; }

# Nothing of a test may leave this machine, and nothing from outside may enter.
# The first rule is for machines that filter bridged traffic as well, Docker's for one.
lan_rules() { # -I or -D
  local mine=(-m comment --comment ballast-lab)
  iptables -w 10 "$1" FORWARD -i $BRIDGE ! -o $BRIDGE "${mine[@]}" -j DROP &&
    iptables -w 10 "$1" FORWARD ! -i $BRIDGE -o $BRIDGE "${mine[@]}" -j DROP &&
    iptables -w 10 "$1" FORWARD -i $BRIDGE -o $BRIDGE "${mine[@]}" -j ACCEPT
}

refuse_overlaps() {
  local range taken
  for range in 198.18.0.0/15 $POD_CIDR "$SERVICE_CIDR"; do
    taken=$(ip -4 route show root "$range")
    [ -z "$taken" ] ||
      fail "The addresses $range are in use on this machine." "It has the route $taken." "Remove that route while the lab is up."
  done
  ! has_ipv6 || refuse_overlaps6
}

network_up() { # number of nodes
  local i
  ip link add $BRIDGE type bridge
  ip addr add $HOST_ADDRESS/16 dev $BRIDGE
  ip addr add $HOST_AS_CLIENT/16 dev $BRIDGE
  ip link set $BRIDGE up
  lan_rules -I
  ip route add $ANNOUNCED dev $BRIDGE src $HOST_AS_CLIENT
  ! has_ipv6 || network6_up "$1"
  for ((i = 1; i <= $1; i++)); do
    ip route add "10.244.$i.0/24" via "$(node_address n$i)"
    attach_node "n$i" "$1"
  done
  route_services n1
  attach client
  ip -n ballast-client addr add $CLIENT_ADDRESS/16 dev eth0
  ip -n ballast-client route add 198.18.0.0/16 dev eth0 src $CLIENT_ADDRESS
  ip -n ballast-client route add default via $HOST_AS_CLIENT
  ! has_ipv6 || attach_client6
}

attach() { # namespace [MAC]
  ip netns add "ballast-$1"
  ip link add "ballast-$1" type veth peer name eth0 netns "ballast-$1"
  [ -z "${2:-}" ] || ip -n "ballast-$1" link set eth0 address "$2"
  ip link set "ballast-$1" master $BRIDGE up
  ip -n "ballast-$1" link set lo up
  ip -n "ballast-$1" link set eth0 up
}

attach_node() { # node, number of nodes
  local i
  # the same MAC after a restart, as a machine would have
  attach "$1" "02:ba:11:a5:00:1${1#n}"
  ip -n "ballast-$1" addr add "$(node_address "$1")/16" dev eth0
  ip -n "ballast-$1" route add $CLIENTS dev eth0
  ip -n "ballast-$1" route add default via $HOST_ADDRESS
  in_netns "$1" sysctl -qw net.ipv4.ip_forward=1
  for ((i = 1; i <= $2; i++)); do
    [ "n$i" = "$1" ] || ip -n "ballast-$1" route add "10.244.$i.0/24" via "$(node_address n$i)"
  done
  ! has_ipv6 || attach_node6 "$1" "$2"
}

detach() { # namespace
  ip link del "ballast-$1" 2>/dev/null || true
  ip netns del "ballast-$1" 2>/dev/null || true
}

# No kube-proxy runs on this machine itself, so the API server reaches Services (webhooks) through a node's.
route_services() {
  ip route replace "$SERVICE_CIDR" via "$(node_address "$1")"
  ! has_ipv6 || ip -6 route replace "$SERVICE_CIDR6" via "$(node_address6 "$1")"
}

# Only what the lab and its benchmarks made: tests have namespaces of such names too, and may run now.
network_down() {
  local name
  for name in $(ip netns list | awk '$1 ~ /^ballast-(n[1-9]|client|bench)$/ { print substr($1, 9) }'); do detach "$name"; done
  ip link del $BRIDGE 2>/dev/null || true
  for _ in {1..5}; do lan_rules -D 2>/dev/null || break; done
  for _ in {1..5}; do lan_rules6 -D 2>/dev/null || break; done
}

set_link() { # node or client, up or down
  [[ -e /sys/class/net/ballast-${1:-} && ${2:-} =~ ^(up|down)$ ]] ||
    fail "'lab link' takes a node or 'client', and 'up' or 'down'." "It got '$*'." "lab link n2 down"
  ip link set "ballast-$1" "$2"
}
