package dev.ballast.dataplane.server.kube;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/**
 * The nodes that may own addresses.
 *
 * @param nodes those whose data-plane Pod is ready and not terminating, sorted
 * @param leaving every Pod of this node is being deleted: SIGTERM is on its way
 */
record Members(Set<String> nodes, boolean leaving) {

  /** A data-plane Pod. */
  record Peer(String node, boolean ready, boolean terminating) {}

  static Peer read(Pod pod) {
    var spec = pod.getSpec();
    String node = spec == null || spec.getNodeName() == null ? "" : spec.getNodeName();
    var status = pod.getStatus();
    boolean ready =
        status != null
            && status.getConditions() != null
            && status.getConditions().stream()
                .anyMatch(c -> "Ready".equals(c.getType()) && "True".equals(c.getStatus()));
    return new Peer(node, ready, pod.getMetadata().getDeletionTimestamp() != null);
  }

  static Members of(Collection<Peer> peers, String self) {
    Set<String> nodes = new TreeSet<>();
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
    return new Members(nodes, terminating && !staying);
  }
}
