package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.server.relay.backend.BackendStatus;
import java.util.List;

/**
 * The status of one Service on this node.
 *
 * @param generation of the VirtualServer that is applied
 * @param backends every endpoint once, in the order of the frontends
 */
public record VirtualServerStatus(
    long generation, List<FrontendStatus> frontends, List<BackendStatus> backends) {

  public VirtualServerStatus {
    frontends = List.copyOf(frontends);
    backends = List.copyOf(backends);
  }
}
