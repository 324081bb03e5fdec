# shellcheck shell=bash
# The same LAN in IPv6, on a machine whose kernel has it: the cluster is dual-stack then, IPv4 first.
#
#   2001:2:0:18::/64             the LAN; ::1 is this machine, ::11 is n1, ::12 is n2, …
#   2001:2:0:18::100:0/112       within it, the addresses that load balancers announce
#   2001:2:0:19::/64             clients, this machine among them
#   2001:2:0:a0I::/64            the Pods of node I
#   2001:2:0:96::/112            Services
# 2001:2::/48 is to IPv6 what 198.18.0.0/15 is to IPv4.

LAN6=2001:2:0:18:
HOST_ADDRESS6=$LAN6:1
HOST_AS_CLIENT6=2001:2:0:19::1
CLIENT_ADDRESS6=2001:2:0:19::50
CLIENTS6=2001:2:0:19::/64
ANNOUNCED6=$LAN6:100:0/112
SERVICE_CIDR6=2001:2:0:96::/112

has_ipv6() { [ -e /proc/net/if_inet6 ]; }
node_address6() { echo "$LAN6:1${1#n}"; }
pod_range6() { echo "2001:2:0:a0${1#n}::/64"; }

# dual IPV4 IPV6: both with a comma between, or the first alone where the second cannot be.
dual() { if has_ipv6; then echo "$1,$2"; else echo "$1"; fi; }

lan_rules6() { # -I or -D
  local mine=(-m comment --comment ballast-lab)
  ip6tables -w 10 "$1" FORWARD -i "$BRIDGE" ! -o "$BRIDGE" "${mine[@]}" -j DROP &&
    ip6tables -w 10 "$1" FORWARD ! -i "$BRIDGE" -o "$BRIDGE" "${mine[@]}" -j DROP &&
    ip6tables -w 10 "$1" FORWARD -i "$BRIDGE" -o "$BRIDGE" "${mine[@]}" -j ACCEPT
}

refuse_overlaps6() {
  local taken
  taken=$(ip -6 route show root 2001:2::/48)
  [ -z "$taken" ] ||
    fail "The addresses 2001:2::/48 are in use on this machine." "It has the route $taken." "Remove that route while the lab is up."
}

# nodad: no other machine is on this LAN, and duplicate address detection would take a second.
network6_up() { # number of nodes; after the bridge and before the nodes
  local i
  ip addr add $HOST_ADDRESS6/64 dev "$BRIDGE" nodad
  ip addr add $HOST_AS_CLIENT6/64 dev "$BRIDGE" nodad
  lan_rules6 -I
  ip -6 route add $ANNOUNCED6 dev "$BRIDGE" src $HOST_AS_CLIENT6
  for ((i = 1; i <= $1; i++)); do ip -6 route add "$(pod_range6 n$i)" via "$(node_address6 n$i)"; done
}

attach_client6() {
  ip -n ballast-client addr add $CLIENT_ADDRESS6/64 dev eth0 nodad
  ip -n ballast-client -6 route add $LAN6:/64 dev eth0 src $CLIENT_ADDRESS6
  ip -n ballast-client -6 route add default via $HOST_AS_CLIENT6
}

attach_node6() { # node, number of nodes
  local i
  in_netns "$1" sysctl -qw net.ipv6.conf.all.forwarding=1 net.ipv6.conf.default.accept_dad=0
  ip -n "ballast-$1" addr add "$(node_address6 "$1")/64" dev eth0 nodad
  ip -n "ballast-$1" -6 route add $CLIENTS6 dev eth0
  ip -n "ballast-$1" -6 route add default via $HOST_ADDRESS6
  for ((i = 1; i <= $2; i++)); do
    [ "n$i" = "$1" ] || ip -n "ballast-$1" -6 route add "$(pod_range6 n$i)" via "$(node_address6 n$i)"
  done
}
