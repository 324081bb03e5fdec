package dev.ballast.dataplane.server.health;

import dev.ballast.dataplane.core.health.HealthCheckResult;
import dev.ballast.dataplane.core.health.HealthState;
import dev.ballast.dataplane.core.plan.ConnectionPolicy.HealthCheckPolicy;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The periodic TCP health check of one backend. All but {@link #stop()} runs on its event loop. */
@SuppressWarnings(
    "FutureReturnValueIgnored") // of close() and the like: handlers and listeners of the channel
// report failures
public final class BackendHealthCheck {

  private final EventLoop loop;
  private final Function<InetAddress, Channel> channels;
  private final InetSocketAddress target;
  private final HealthCheckPolicy policy;
  private final long phaseNanos;
  private final Consumer<HealthState> onChange;

  private HealthState health;
  private @Nullable Future<?> next;
  private @Nullable Channel connecting;
  private boolean first = true;
  private boolean stopped;

  BackendHealthCheck(
      EventLoop loop,
      Function<InetAddress, Channel> channels,
      InetSocketAddress target,
      HealthCheckPolicy policy,
      long phaseNanos,
      HealthState from,
      Consumer<HealthState> onChange) {
    this.loop = loop;
    this.channels = channels;
    this.target = target;
    this.policy = policy;
    this.phaseNanos = phaseNanos;
    this.health = from;
    this.onChange = onChange;
  }

  /** Stops the checks; thread-safe. The result of a running check may still be reported. */
  public void stop() {
    loop.execute(
        () -> {
          stopped = true;
          if (next != null) {
            next.cancel(false);
          }
          if (connecting != null) {
            connecting.close();
          }
        });
  }

  void check() {
    if (stopped) {
      return;
    }
    Channel channel;
    try {
      channel = channels.apply(target.getAddress());
    } catch (ChannelException e) {
      // No file descriptor left: not a failure of the backend.
      scheduleNext();
      return;
    }
    connecting = channel;
    channel.config().setAutoRead(false);
    channel
        .config()
        .setConnectTimeoutMillis((int) Math.min(Integer.MAX_VALUE, policy.timeout().toMillis()));
    // RST instead of FIN: checks must not leave connections in TIME_WAIT.
    channel.config().setOption(ChannelOption.SO_LINGER, 0);
    loop.register(channel);
    channel.connect(target).addListener(connected -> complete(channel, connected));
  }

  private void complete(Channel channel, Future<?> connected) {
    connecting = null;
    channel.close();
    if (stopped) {
      return;
    }
    Throwable cause = connected.cause();
    record(
        cause == null
            ? new HealthCheckResult.CheckPassed()
            : new HealthCheckResult.CheckFailed(message(cause)));
    scheduleNext();
  }

  private void record(HealthCheckResult result) {
    HealthState before = health;
    health = before.next(result, policy, System.nanoTime());
    if (differs(before, health)) {
      onChange.accept(health);
    }
  }

  private static boolean differs(HealthState before, HealthState after) {
    return switch (after) {
      case HealthState.Healthy healthy -> !(before instanceof HealthState.Healthy);
      case HealthState.Unhealthy unhealthy ->
          !(before instanceof HealthState.Unhealthy was)
              || !was.message().equals(unhealthy.message());
    };
  }

  private void scheduleNext() {
    long period = Math.max(1, policy.period().toNanos());
    long delay = period - Math.floorMod(System.nanoTime() - phaseNanos, period);
    if (first && delay < period / 2) {
      delay += period; // two checks at almost the same moment say no more than one
    }
    first = false;
    next = loop.schedule(this::check, delay, TimeUnit.NANOSECONDS);
  }

  private String message(Throwable cause) {
    return switch (cause) {
      case ConnectTimeoutException e -> "no answer within " + policy.timeout().toMillis() + " ms";
      case NoRouteToHostException e -> "no route to host";
      case ConnectException e when String.valueOf(e.getMessage()).contains("refused") ->
          "connection refused";
      default -> String.valueOf(cause.getMessage());
    };
  }
}
