package dev.ballast.dataplane.server.membership;

import dev.ballast.dataplane.server.membership.Members.Peer;
import java.net.URI;
import java.util.Optional;
import java.util.Set;

/** Data plane Pods. */
public final class TestPeers {

  private TestPeers() {}

  public static Peer ready(String pod, String node) {
    return new Peer(pod, node, true, false, Optional.empty(), Set.of());
  }

  public static Peer unready(String pod, String node) {
    return new Peer(pod, node, false, false, Optional.empty(), Set.of());
  }

  public static Peer terminating(String pod, String node, boolean ready) {
    return new Peer(pod, node, ready, true, Optional.empty(), Set.of());
  }

  /** One that only the node controller marks unready. */
  static Peer calledLost(String pod, String node, URI probeUrl) {
    return new Peer(pod, node, false, false, Optional.of(probeUrl), Set.of());
  }
}
