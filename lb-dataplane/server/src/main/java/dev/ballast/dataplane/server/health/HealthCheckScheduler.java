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

/** Starts checks, and spreads them over event loops and time. */
public final class HealthCheckScheduler {

  private final List<EventLoop> loops;
  private final Function<InetAddress, Channel> channels;
  private final AtomicInteger started = new AtomicInteger();

  private HealthCheckScheduler(List<EventLoop> loops, Function<InetAddress, Channel> channels) {
    this.loops = List.copyOf(loops);
    this.channels = channels;
  }

  /**
   * A prober on {@code loops}.
   *
   * @param channels makes an unregistered TCP channel of the family of an address
   */
  public static HealthCheckScheduler on(
      List<EventLoop> loops, Function<InetAddress, Channel> channels) {
    return new HealthCheckScheduler(loops, channels);
  }

  /**
   * Checks {@code target} at once and then every {@code check.period()}, until the probe is
   * stopped.
   *
   * @param from where its health stands
   * @param onChange gets the new state when the backend becomes healthy or unhealthy, or unhealthy
   *     for another reason; called on an event loop, so it must not block
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
   * Where in the period a backend's checks fall: by its own hash, so that many backends that appear
   * together are not checked together for ever.
   */
  private static long phase(InetSocketAddress target, HealthCheckPolicy policy) {
    long hash = Hashing.of(target.getAddress().getAddress(), target.getPort());
    return Long.remainderUnsigned(hash, Math.max(1, policy.period().toNanos()));
  }
}
