package main

import (
	"fmt"
	"os/exec"
	"strings"
)

// kubeProxyRules is what kube-proxy's nftables mode has for so many Services: the same chains and hooks, and a verdict map
// with an element for each Service. Its Services share a chain, since a packet sees only one. NodePorts are found as its
// iptables mode does, by the type of the address. The Service at service has externalTrafficPolicy Local.
func kubeProxyRules(services int, service string, port int, backend string) string {
	var elements strings.Builder
	for i := range services {
		fmt.Fprintf(&elements, "10.%d.%d.%d . tcp . 80 : goto service,\n", 96+i/65536, i/256%256, i%256)
	}
	for _, protocol := range []string{"tcp", "udp"} {
		fmt.Fprintf(&elements, "%s . %s . %d : goto external,\n", service, protocol, port)
	}
	var nodePorts strings.Builder
	for i := range services / 10 {
		fmt.Fprintf(&nodePorts, "tcp . %d : goto service,\n", 30000+i)
	}
	return fmt.Sprintf(`
table ip kube-proxy {
  set cluster-ips { type ipv4_addr; elements = { 10.96.0.1, 10.96.0.10 } }
  map no-endpoint-services { type ipv4_addr . inet_proto . inet_service : verdict; }
  map no-endpoint-nodeports { type inet_proto . inet_service : verdict; }
  map firewall-ips { type ipv4_addr . inet_proto . inet_service : verdict; }
  map service-ips { type ipv4_addr . inet_proto . inet_service : verdict; elements = {
%s} }
  map service-nodeports { type inet_proto . inet_service : verdict; elements = {
%s} }
  chain service-endpoints-check { ip daddr . meta l4proto . th dport vmap @no-endpoint-services; }
  chain nodeport-endpoints-check { fib daddr type local meta l4proto . th dport vmap @no-endpoint-nodeports; }
  chain firewall-check { ip daddr . meta l4proto . th dport vmap @firewall-ips; }
  chain cluster-ips-check { ip daddr @cluster-ips reject; }
  chain mark-for-masquerade { meta mark set meta mark or 0x4000; }
  chain masquerading {
    meta mark & 0x4000 == 0 return
    meta mark set meta mark xor 0x4000
    masquerade fully-random
  }
  chain external { numgen random mod 1 vmap { 0 : goto endpoint }; }
  chain service {
    ip saddr != 10.244.0.0/16 jump mark-for-masquerade
    numgen random mod 1 vmap { 0 : goto endpoint };
  }
  chain endpoint {
    meta l4proto tcp dnat to %[3]s
    meta l4proto udp dnat to %[3]s
  }
  chain services {
    ip daddr . meta l4proto . th dport vmap @service-ips
    fib daddr type local meta l4proto . th dport vmap @service-nodeports
  }
  chain filter-prerouting { type filter hook prerouting priority dstnat - 10; ct state new jump firewall-check; }
  chain filter-input {
    type filter hook input priority -110
    ct state new jump nodeport-endpoints-check
    ct state new jump service-endpoints-check
  }
  chain filter-forward {
    type filter hook forward priority -110
    ct state new jump service-endpoints-check
    ct state new jump cluster-ips-check
  }
  chain filter-output {
    type filter hook output priority -110
    ct state new jump service-endpoints-check
    ct state new jump firewall-check
  }
  chain filter-output-post-dnat { type filter hook output priority -90; ct state new jump cluster-ips-check; }
  chain nat-prerouting { type nat hook prerouting priority dstnat; jump services; }
  chain nat-output { type nat hook output priority -100; jump services; }
  chain nat-postrouting { type nat hook postrouting priority srcnat; jump masquerading; }
}
`, elements.String(), nodePorts.String(), backend)
}

func nft(rules string) {
	cmd := exec.Command("nft", "-f", "-")
	cmd.Stdin = strings.NewReader(rules)
	said, err := cmd.CombinedOutput()
	if err != nil {
		die("nft: "+strings.SplitN(string(said), "\n", 2)[0], err)
	}
}
