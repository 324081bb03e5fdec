package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.server.relay.backend.BackendStatus;
import java.util.List;

/**
 * What runs for one Service.
 *
 * @param generation of the VirtualServer that was applied
 * @param backends every endpoint once, in the order of the frontends
 */
public record VirtualServerStatus(
    long generation, List<FrontendStatus> frontends, List<BackendStatus> backends) {

  public VirtualServerStatus {
    frontends = List.copyOf(frontends);
    backends = List.copyOf(backends);
  }
}
