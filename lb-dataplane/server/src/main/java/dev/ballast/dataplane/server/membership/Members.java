package dev.ballast.dataplane.server.membership;

import dev.ballast.dataplane.core.address.RendezvousHash;
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
 * The nodes that may own addresses.
 *
 * @param nodes those whose data-plane Pod is ready and not terminating, sorted
 * @param excluded those that would be among them, had they not the label {@link #EXCLUSION_LABEL}
 * @param leaving every Pod of this node is being deleted: SIGTERM is on its way
 */
public record Members(SortedSet<String> nodes, SortedSet<String> excluded, boolean leaving) {

  /** On a Node, with any value: it takes part in no load balancer (KEP-1143). */
  public static final String EXCLUSION_LABEL =
      "node.kubernetes.io/exclude-from-external-load-balancers";

  public Members(SortedSet<String> nodes, boolean leaving) {
    this(nodes, Collections.emptySortedSet(), leaving);
  }

  /**
   * A data-plane Pod.
   *
   * @param calledLost where it says itself whether it is ready, if the node controller alone calls
   *     it unready: its kubelet's last word was another one
   * @param addresses its node's, whose network it is in
   */
  public record Peer(
      String node,
      boolean ready,
      boolean terminating,
      Optional<URI> calledLost,
      Set<InetAddress> addresses) {

    public Peer(String node, boolean ready, boolean terminating, Optional<URI> calledLost) {
      this(node, ready, terminating, calledLost, Set.of());
    }

    public Peer(String node, boolean ready, boolean terminating) {
      this(node, ready, terminating, Optional.empty());
    }
  }

  public static Peer read(Pod pod) {
    var spec = pod.getSpec();
    String node = spec == null || spec.getNodeName() == null ? "" : spec.getNodeName();
    boolean ready = has(pod, "Ready");
    // The node controller writes the one condition only, and the kubelet both.
    boolean calledLost = !ready && has(pod, "ContainersReady");
    return new Peer(
        node,
        ready,
        pod.getMetadata().getDeletionTimestamp() != null,
        calledLost ? readiness(pod) : Optional.empty(),
        addresses(pod));
  }

  private static boolean has(Pod pod, String condition) {
    var status = pod.getStatus();
    return status != null
        && status.getConditions() != null
        && status.getConditions().stream()
            .anyMatch(c -> condition.equals(c.getType()) && "True".equals(c.getStatus()));
  }

  /** What its kubelet asks. */
  private static Optional<URI> readiness(Pod pod) {
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
        // Not written by a kubelet: no node has it.
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
    SortedSet<String> nodes = new TreeSet<>();
    boolean terminating = false;
    boolean staying = false;
    for (Peer peer : peers) {
      if (peer.ready() && !peer.terminating() && !peer.node().isEmpty()) {
        nodes.add(peer.node());
      }
      if (peer.node().equals(self)) {
        terminating |= peer.terminating();
        staying |= !peer.terminating();
      }
    }
    SortedSet<String> without = new TreeSet<>(nodes);
    without.removeAll(Set.copyOf(excluded));
    nodes.removeAll(without);
    return new Members(without, nodes, terminating && !staying);
  }

  /** Whether the rendezvous hash of the address gives it to this node. */
  public boolean owns(String self, InetAddress address) {
    return RendezvousHash.ownerOf(address, nodes).equals(Optional.of(self));
  }

  /**
   * Whether this node removes the reports of nodes that left: the owner of the first address, or
   * the first member when there is no address.
   */
  public boolean removesReports(String self, List<InetAddress> addresses) {
    return addresses.isEmpty()
        ? nodes.stream().findFirst().equals(Optional.of(self))
        : owns(self, addresses.getFirst());
  }

  /**
   * Whether this node must serve nothing, though nobody else can: the label is an order, where the
   * readiness of Pods also falters when all is well.
   */
  public boolean mustLetGo(String self) {
    return nodes.isEmpty() && excluded.contains(self);
  }

  /** Whether this node is the one to say that no node may own an address. */
  public boolean tellsThatAllAreExcluded(String self) {
    return mustLetGo(self) && excluded.first().equals(self);
  }
}
