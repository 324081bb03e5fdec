package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.admission.AdmissionResult;
import dev.ballast.dataplane.server.relay.backend.BackendStatus;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The status of one Service on this node.
 *
 * @param generation of the VirtualServer that is applied
 * @param backends every endpoint once, in the order of the frontends
 * @param rejecting why connections are rejected for some time, in the order of the reasons
 */
public record VirtualServerStatus(
    long generation,
    List<FrontendStatus> frontends,
    List<BackendStatus> backends,
    Set<AdmissionResult> rejecting) {

  public VirtualServerStatus {
    frontends = List.copyOf(frontends);
    backends = List.copyOf(backends);
    rejecting =
        rejecting.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(rejecting));
  }

  /** The status of a Service that rejects no connections. */
  public VirtualServerStatus(
      long generation, List<FrontendStatus> frontends, List<BackendStatus> backends) {
    this(generation, frontends, backends, Set.of());
  }
}
