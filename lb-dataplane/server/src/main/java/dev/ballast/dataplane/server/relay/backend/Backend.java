package dev.ballast.dataplane.server.relay.backend;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.EndpointAvailability;
import dev.ballast.dataplane.core.health.HealthState;
import dev.ballast.dataplane.server.health.BackendHealthCheck;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One backend of a frontend, as long as its endpoint exists: its health and its number of
 * connections. All event loops count connections; the rest runs on the control loop.
 */
public final class Backend {

  private final InetSocketAddress address;
  private final AtomicInteger connections = new AtomicInteger();

  private volatile boolean serving;
  private Endpoint endpoint;
  private HealthState health;
  private @Nullable BackendHealthCheck healthCheck;

  public Backend(Endpoint endpoint, HealthState health) {
    this.address = new InetSocketAddress(endpoint.address(), endpoint.port());
    this.endpoint = endpoint;
    this.serving = EndpointAvailability.of(endpoint.conditions()).isServing();
    this.health = health;
  }

  public InetSocketAddress address() {
    return address;
  }

  public int connections() {
    return connections.get();
  }

  public void connectionOpened() {
    connections.incrementAndGet();
  }

  public void connectionClosed() {
    connections.decrementAndGet();
  }

  Endpoint endpoint() {
    return endpoint;
  }

  void endpoint(Endpoint now) {
    endpoint = now;
    serving = EndpointAvailability.of(now.conditions()).isServing();
  }

  /** Its endpoint was removed. */
  void retire() {
    serving = false;
    replaceHealthCheck(null);
  }

  /** Whether UDP flows, which have no end of their own, may stay at it. On any event loop. */
  public boolean isServing() {
    return serving;
  }

  HealthState health() {
    return health;
  }

  void health(HealthState now) {
    health = now;
  }

  boolean isHealthy() {
    return switch (health) {
      case HealthState.Healthy healthy -> true;
      case HealthState.Unhealthy unhealthy -> false;
    };
  }

  void replaceHealthCheck(@Nullable BackendHealthCheck now) {
    if (healthCheck != null) {
      healthCheck.stop();
    }
    healthCheck = now;
  }
}
