package dev.ballast.dataplane.server.relay.session;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.server.relay.backend.BackendSet;
import java.net.InetAddress;

/** The binding of a listener and its backend set, for its sessions. Compared by identity. */
public final class ListenerContext {

  private final Binding binding;
  private final BackendSet backends;

  public ListenerContext(Binding binding, BackendSet backends) {
    this.binding = binding;
    this.backends = backends;
  }

  /** Whether the source ranges of this moment allow a client; counts those they do not. */
  public boolean admits(InetAddress client) {
    if (backends.snapshot().policy().sourceRanges().allows(client)) {
      return true;
    }
    backends.traffic().connectionDenied();
    return false;
  }

  public Binding binding() {
    return binding;
  }

  public BackendSet backends() {
    return backends;
  }
}
