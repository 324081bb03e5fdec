package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.endpoint.Availability;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.health.HealthState;
import dev.ballast.dataplane.server.probe.Probe;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One backend of a frontend, for as long as its endpoint is there. Its connections are counted by
 * all event loops; the rest belongs to the control loop.
 */
final class Backend {

  private final InetSocketAddress address;
  private final AtomicInteger connections = new AtomicInteger();

  private volatile boolean serves;
  private Endpoint endpoint;
  private HealthState health;
  private @Nullable Probe probe;

  Backend(Endpoint endpoint, HealthState health) {
    this.address = new InetSocketAddress(endpoint.address(), endpoint.port());
    this.endpoint = endpoint;
    this.serves = Availability.of(endpoint.conditions()).serves();
    this.health = health;
  }

  InetSocketAddress address() {
    return address;
  }

  int connections() {
    return connections.get();
  }

  void connectionOpened() {
    connections.incrementAndGet();
  }

  void connectionClosed() {
    connections.decrementAndGet();
  }

  Endpoint endpoint() {
    return endpoint;
  }

  void endpoint(Endpoint now) {
    endpoint = now;
    serves = Availability.of(now.conditions()).serves();
  }

  /** Its endpoint is there no more. */
  void gone() {
    serves = false;
    probeWith(null);
  }

  /** Whether it may keep what knows no end by itself. Any loop may ask. */
  boolean serves() {
    return serves;
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

  void probeWith(@Nullable Probe now) {
    if (probe != null) {
      probe.stop();
    }
    probe = now;
  }
}
