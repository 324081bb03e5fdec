package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.Binding;

/** Where a connection came in, and what stands behind it. Compared by identity. */
final class Entrance {

  private final Binding binding;
  private final Backends backends;

  Entrance(Binding binding, Backends backends) {
    this.binding = binding;
    this.backends = backends;
  }

  Binding binding() {
    return binding;
  }

  Backends backends() {
    return backends;
  }
}
