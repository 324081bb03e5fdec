package dev.ballast.dataplane.server.membership;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodIP;
import java.net.InetAddress;
import java.net.URI;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The members: the nodes that may own addresses.
 *
 * @param nodes the nodes whose data plane Pod is ready and not terminating, sorted
 * @param excluded nodes that would be members without the label {@link #EXCLUSION_LABEL}
 * @param dead nodes that have failed by their heartbeats, and that the API server calls ready. So
 *     they may still answer for addresses, unlike a node whose process has ended
 * @param leaving every data plane Pod of this node is being deleted, and SIGTERM follows
 */
public record Members(
    SortedSet<String> nodes, SortedSet<String> excluded, Set<String> dead, boolean leaving) {

  /** A Node with this label takes part in no load balancer, whatever its value (KEP-1143). */
  public static final String EXCLUSION_LABEL =
      "node.kubernetes.io/exclude-from-external-load-balancers";

  public Members(SortedSet<String> nodes, boolean leaving) {
    this(nodes, Collections.emptySortedSet(), Set.of(), leaving);
  }

  public Members(SortedSet<String> nodes, SortedSet<String> excluded, boolean leaving) {
    this(nodes, excluded, Set.of(), leaving);
  }

  /** These members, while nodes have failed. */
  public Members withDead(Set<String> failed) {
    return new Members(nodes, excluded, failed, leaving);
  }

  /**
   * A data plane Pod.
   *
   * @param pod its name
   * @param probeUrl the Pod's own readiness URL, if only the node controller marks it unready: the
   *     kubelet's latest status is ready
   * @param addresses of its node, whose network it uses
   */
  public record Peer(
      String pod,
      String node,
      boolean ready,
      boolean terminating,
      Optional<URI> probeUrl,
      Set<InetAddress> addresses) {

    /** As probes or the debouncer find it. */
    Peer withReady(boolean now) {
      return new Peer(pod, node, now, terminating, Optional.empty(), addresses);
    }
  }

  public static Peer parsePeer(Pod pod) {
    var spec = pod.getSpec();
    String node = spec == null || spec.getNodeName() == null ? "" : spec.getNodeName();
    boolean ready = hasCondition(pod, "Ready");
    // The node controller writes Ready only, and the kubelet writes both.
    boolean calledLost = !ready && hasCondition(pod, "ContainersReady");
    return new Peer(
        pod.getMetadata().getName(),
        node,
        ready,
        pod.getMetadata().getDeletionTimestamp() != null,
        calledLost ? readinessUrl(pod) : Optional.empty(),
        addresses(pod));
  }

  private static boolean hasCondition(Pod pod, String condition) {
    var status = pod.getStatus();
    return status != null
        && status.getConditions() != null
        && status.getConditions().stream()
            .anyMatch(c -> condition.equals(c.getType()) && "True".equals(c.getStatus()));
  }

  /** The URL of the Pod's readiness probe. */
  private static Optional<URI> readinessUrl(Pod pod) {
    String ip = pod.getStatus().getPodIP();
    return pod.getSpec().getContainers().stream()
        .filter(container -> ip != null && container.getReadinessProbe() != null)
        .filter(container -> container.getReadinessProbe().getHttpGet() != null)
        .flatMap(
            container -> {
              var get = container.getReadinessProbe().getHttpGet();
              return port(container, get.getPort()).stream()
                  .map(
                      port ->
                          URI.create("http://%s:%d/".formatted(host(ip), port))
                              .resolve(Objects.requireNonNullElse(get.getPath(), "/")));
            })
        .findFirst();
  }

  private static Optional<Integer> port(Container container, IntOrString wanted) {
    return wanted.getIntVal() != null
        ? Optional.of(wanted.getIntVal())
        : container.getPorts().stream()
            .filter(port -> wanted.getStrVal().equals(port.getName()))
            .map(ContainerPort::getContainerPort)
            .findFirst();
  }

  private static String host(String ip) {
    return ip.contains(":") ? "[" + ip + "]" : ip;
  }

  private static Set<InetAddress> addresses(Pod pod) {
    Set<InetAddress> addresses = new HashSet<>();
    List<PodIP> all = pod.getStatus() == null ? List.of() : pod.getStatus().getPodIPs();
    for (PodIP each : all) {
      try {
        addresses.add(InetAddress.ofLiteral(each.getIp()));
      } catch (IllegalArgumentException e) {
        // Not written by a kubelet, so that no node has it.
      }
    }
    return Set.copyOf(addresses);
  }

  /**
   * The members among these peers.
   *
   * @param excluded the names of all nodes with the label
   */
  public static Members of(Collection<Peer> peers, Collection<String> excluded, String self) {
    SortedSet<String> ready = new TreeSet<>();
    boolean terminating = false;
    boolean remaining = false;
    for (Peer peer : peers) {
      if (peer.ready() && !peer.terminating() && !peer.node().isEmpty()) {
        ready.add(peer.node());
      }
      if (peer.node().equals(self)) {
        terminating |= peer.terminating();
        remaining |= !peer.terminating();
      }
    }
    SortedSet<String> nodes = new TreeSet<>(ready);
    nodes.removeAll(Set.copyOf(excluded));
    ready.removeAll(nodes);
    return new Members(nodes, ready, terminating && !remaining);
  }

  /**
   * Whether this node must release all addresses although no other node can serve them. The label
   * is the administrator's decision, whereas the readiness of Pods can also flap.
   */
  public boolean mustReleaseAll(String self) {
    return nodes.isEmpty() && excluded.contains(self);
  }

  /** Whether this node is the one that reports that every node is excluded. */
  public boolean reportsAllExcluded(String self) {
    return mustReleaseAll(self) && excluded.first().equals(self);
  }
}
