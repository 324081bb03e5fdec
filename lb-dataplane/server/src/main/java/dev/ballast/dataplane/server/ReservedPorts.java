package dev.ballast.dataplane.server;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The ports that no Service takes where the data plane binds a socket to each frontend. A daemon of
 * the node listens on them, and could not start again while a Service has its port.
 */
final class ReservedPorts {

  /** The TCP and UDP ports of the daemons that most nodes have. */
  static final Set<Integer> DEFAULT =
      Set.of(
          // API server. kubernetes.io, "Ports and Protocols", names these and the next three
          // groups.
          6443,
          // etcd: clients, peers, and the metrics that kubeadm configures.
          2379,
          2380,
          2381,
          // kubelet: API, health and the read-only port (KubeletConfiguration).
          10250,
          10248,
          10255,
          // kube-controller-manager and kube-scheduler.
          10257,
          10259,
          // kube-proxy: metrics and health (KubeProxyConfiguration).
          10249,
          10256,
          // Ballast: metrics and health of this process, and heartbeats.
          7474,
          7477,
          // node-exporter: its default of --web.listen-address.
          9100,
          // Calico: health of Felix (FelixConfiguration), and Typha (network requirements).
          9099,
          5473,
          // Cilium: health checks, Hubble, Envoy's health, agent's health, gops (firewall rules).
          4240,
          4244,
          9878,
          9879,
          9890);

  private static final Pattern ENTRY = Pattern.compile("(\\d{1,5})(?:-(\\d{1,5}))?");
  private static final int MAX_PORT = 65535;

  private ReservedPorts() {}

  /**
   * Parses ports and ranges, such as {@code 22,6443,10248-10260}.
   *
   * @return empty if an entry is not a port from 1 to 65535, or a range of them in ascending order
   */
  static Optional<Set<Integer>> parse(String text) {
    Set<Integer> ports = new HashSet<>();
    for (String entry : text.split(",", -1)) {
      Matcher matcher = ENTRY.matcher(entry.strip());
      if (!matcher.matches()) {
        return Optional.empty();
      }
      int first = Integer.parseInt(matcher.group(1));
      int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
      if (first < 1 || last > MAX_PORT || first > last) {
        return Optional.empty();
      }
      for (int port = first; port <= last; port++) {
        ports.add(port);
      }
    }
    return Optional.of(Set.copyOf(ports));
  }
}
