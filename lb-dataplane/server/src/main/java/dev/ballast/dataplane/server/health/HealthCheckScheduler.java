package dev.ballast.dataplane.server.health;

import dev.ballast.dataplane.core.Hashing;
import dev.ballast.dataplane.core.health.HealthState;
import dev.ballast.dataplane.core.plan.ConnectionPolicy.HealthCheckPolicy;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

/** Starts the health checks of backends, and distributes them over event loops and time. */
public final class HealthCheckScheduler {

  private final List<EventLoop> loops;
  private final Function<InetAddress, Channel> channels;
  private final AtomicInteger started = new AtomicInteger();

  private HealthCheckScheduler(List<EventLoop> loops, Function<InetAddress, Channel> channels) {
    this.loops = List.copyOf(loops);
    this.channels = channels;
  }

  /**
   * Creates a scheduler on {@code loops}.
   *
   * @param channels creates an unregistered TCP channel of the IP family of an address
   */
  public static HealthCheckScheduler on(
      List<EventLoop> loops, Function<InetAddress, Channel> channels) {
    return new HealthCheckScheduler(loops, channels);
  }

  /**
   * Checks {@code target} at once, and then every {@code policy.period()}, until the check is
   * stopped.
   *
   * @param from its current health
   * @param onChange gets the new state when the backend becomes healthy or unhealthy, or unhealthy
   *     for another cause. Called on an event loop, so it must not block.
   */
  public BackendHealthCheck start(
      InetSocketAddress target,
      HealthCheckPolicy policy,
      HealthState from,
      Consumer<HealthState> onChange) {
    int sequence = started.getAndIncrement();
    EventLoop loop = loops.get(Integer.remainderUnsigned(sequence, loops.size()));
    BackendHealthCheck healthCheck =
        new BackendHealthCheck(
            loop, channels, target, policy, phase(target, policy), from, onChange);
    loop.execute(healthCheck::check);
    return healthCheck;
  }

  /**
   * The offset of a backend's checks in the period, by its own hash: backends that appear together
   * are not checked together.
   */
  private static long phase(InetSocketAddress target, HealthCheckPolicy policy) {
    long hash = Hashing.of(target.getAddress().getAddress(), target.getPort());
    return Long.remainderUnsigned(hash, Math.max(1, policy.period().toNanos()));
  }
}
