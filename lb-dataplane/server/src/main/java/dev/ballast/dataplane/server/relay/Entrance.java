package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.Binding;
import java.net.InetAddress;

/** Where a connection came in, and what stands behind it. Compared by identity. */
final class Entrance {

  private final Binding binding;
  private final Backends backends;

  Entrance(Binding binding, Backends backends) {
    this.binding = binding;
    this.backends = backends;
  }

  /** Whether a client may come in, as the Service has it now; counts those who may not. */
  boolean admits(InetAddress client) {
    if (backends.snapshot().policy().sources().allow(client)) {
      return true;
    }
    backends.traffic().denied();
    return false;
  }

  Binding binding() {
    return binding;
  }

  Backends backends() {
    return backends;
  }
}
