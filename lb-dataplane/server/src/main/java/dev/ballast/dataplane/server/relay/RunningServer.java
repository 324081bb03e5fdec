package dev.ballast.dataplane.server.relay;

import java.util.List;

/**
 * What runs for one Service.
 *
 * @param generation of the VirtualServer that was applied
 * @param backends every endpoint once, in the order of the frontends
 */
public record RunningServer(
    long generation, List<RunningFrontend> frontends, List<RunningBackend> backends) {

  public RunningServer {
    frontends = List.copyOf(frontends);
    backends = List.copyOf(backends);
  }
}
