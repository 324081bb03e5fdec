package dev.ballast.dataplane.server.probe;

import dev.ballast.dataplane.core.Hashing;
import dev.ballast.dataplane.core.health.HealthState;
import dev.ballast.dataplane.core.plan.Policy.Check;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;

/** Starts checks, and spreads them over event loops and time. */
public final class Prober {

  private final List<EventLoop> loops;
  private final Function<InetAddress, Channel> channels;
  private final AtomicInteger started = new AtomicInteger();

  private Prober(List<EventLoop> loops, Function<InetAddress, Channel> channels) {
    this.loops = List.copyOf(loops);
    this.channels = channels;
  }

  /**
   * A prober on {@code loops}.
   *
   * @param channels makes an unregistered TCP channel of the family of an address
   */
  public static Prober on(List<EventLoop> loops, Function<InetAddress, Channel> channels) {
    return new Prober(loops, channels);
  }

  /**
   * Checks {@code target} at once and then every {@code check.period()}, until the probe is
   * stopped.
   *
   * @param from where its health stands
   * @param onChange gets the new state when the backend becomes healthy or unhealthy, or unhealthy
   *     for another reason; called on an event loop, so it must not block
   */
  public Probe start(
      InetSocketAddress target, Check check, HealthState from, Consumer<HealthState> onChange) {
    int turn = started.getAndIncrement();
    EventLoop loop = loops.get(Integer.remainderUnsigned(turn, loops.size()));
    Probe probe = new Probe(loop, channels, target, check, phase(target, check), from, onChange);
    loop.execute(probe::begin);
    return probe;
  }

  /**
   * Where in the period a backend's checks fall: by its own hash, so that many backends that appear
   * together are not checked together for ever.
   */
  private static long phase(InetSocketAddress target, Check check) {
    long hash = Hashing.of(target.getAddress().getAddress(), target.getPort());
    return Long.remainderUnsigned(hash, Math.max(1, check.period().toNanos()));
  }
}
