package dev.ballast.dataplane.server.reachability;

import dev.ballast.dataplane.server.reachability.ReachabilityCheck.Step;
import dev.ballast.dataplane.server.reachability.packet.ProbeAnswer;
import dev.ballast.dataplane.server.reachability.packet.SourcePorts;
import dev.ballast.dataplane.server.socket.ErrnoException;
import dev.ballast.dataplane.server.socket.PacketSocket;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs checks on one thread. Frames go through packet(7) sockets, since an ordinary connection
 * would pass the firewall, the connection tracking and the NAT of this node.
 */
final class PacketReachabilityProbe implements ReachabilityProbe {

  private static final Logger log = LoggerFactory.getLogger(PacketReachabilityProbe.class);

  static final int MAX_IN_FLIGHT = 64;

  private final ScheduledThreadPoolExecutor thread;
  private final ProbeSockets sockets;

  // Only the thread uses what follows.
  private final Deque<RunningCheck> waiting = new ArrayDeque<>();
  private final Map<ProbeTarget, RunningCheck> inFlight = new HashMap<>();
  private int started;
  private boolean closed;

  private static final class RunningCheck {
    final ProbeTarget target;
    final Consumer<ReachabilityResult> consumer;
    final ReachabilityCheck check;
    @Nullable Future<?> timeout;

    RunningCheck(ProbeTarget target, Consumer<ReachabilityResult> consumer, int number) {
      this.target = target;
      this.consumer = consumer;
      this.check =
          new ReachabilityCheck(
              target, SourcePorts.ofCheck(number), ThreadLocalRandom.current().nextInt());
    }
  }

  PacketReachabilityProbe() {
    thread =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("reachability").factory());
    thread.setRemoveOnCancelPolicy(true);
    // Frames may come after the end.
    thread.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    sockets =
        new ProbeSockets(
            new ProbeSockets.AnswerListener() {
              @Override
              public void received(ProbeAnswer answer) {
                execute(() -> answered(answer));
              }

              @Override
              public void failed(int interfaceIndex, PacketSocket socket, IOException cause) {
                execute(() -> socketFailed(interfaceIndex, socket, cause));
              }
            });
  }

  @Override
  public void check(ProbeTarget target, Consumer<ReachabilityResult> consumer) {
    execute(
        () -> {
          waiting.add(new RunningCheck(target, consumer, started));
          started++;
        });
  }

  private void execute(Runnable task) {
    thread.execute(
        () -> {
          task.run();
          startWaiting();
        });
  }

  private void startWaiting() {
    Iterator<RunningCheck> each = waiting.iterator();
    while (each.hasNext() && inFlight.size() < MAX_IN_FLIGHT && !closed) {
      RunningCheck running = each.next();
      // Two checks of one target could use the same connection.
      if (inFlight.putIfAbsent(running.target, running) == null) {
        each.remove();
        take(running, running.check.next());
      }
    }
  }

  private void take(RunningCheck running, Step step) {
    switch (step) {
      case Step.Send next -> {
        cancelTimeout(running);
        send(running, next.frame)
            .ifPresentOrElse(
                notChecked -> finish(running, notChecked),
                () ->
                    running.timeout =
                        thread.schedule(
                            () -> timedOut(running), next.timeout.toNanos(), TimeUnit.NANOSECONDS));
      }
      case Step.Finish(ReachabilityResult result, Optional<byte[]> reset) -> {
        reset.flatMap(frame -> send(running, frame)).ifPresent(PacketReachabilityProbe::logReset);
        finish(running, result);
      }
      case Step.Ignore() -> {}
    }
  }

  private static void logReset(ReachabilityResult.NotChecked notChecked) {
    log.debug("Cannot reset a half-open connection: {}", notChecked.cause());
  }

  /** Returns why a frame cannot be sent. */
  private Optional<ReachabilityResult.NotChecked> send(RunningCheck running, byte[] frame) {
    try {
      sockets.send(frame, running.target.source().interfaceIndex());
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(notChecked(running.target.source().interfaceIndex(), e));
    }
  }

  private static ReachabilityResult.NotChecked notChecked(int interfaceIndex, IOException e) {
    return new ReachabilityResult.NotChecked(
        e instanceof ErrnoException errno && errno.isPermission()
            ? "cannot send frames. The process lacks the capability NET_RAW. Add it to the container's securityContext. The kernel says: %s."
                .formatted(e.getMessage())
            : "cannot send or receive frames by the interface of index %d. The kernel says: %s. Check whether the interface is up."
                .formatted(interfaceIndex, e.getMessage()));
  }

  /** An answer that has come in time counts, also when the thread gets its turn too late. */
  private void timedOut(RunningCheck running) {
    Future<?> timeout = running.timeout;
    sockets.receiveWaiting(running.target.source().interfaceIndex());
    execute(
        () -> {
          if (running.timeout == timeout && inFlight.get(running.target) == running) {
            take(running, running.check.next());
          }
        });
  }

  private void answered(ProbeAnswer answer) {
    for (RunningCheck running : List.copyOf(inFlight.values())) {
      take(running, running.check.received(answer));
    }
  }

  private void socketFailed(int interfaceIndex, PacketSocket socket, IOException cause) {
    if (sockets.closeFailed(interfaceIndex, socket)) {
      for (RunningCheck running : List.copyOf(inFlight.values())) {
        if (running.target.source().interfaceIndex() == interfaceIndex) {
          finish(running, notChecked(interfaceIndex, cause));
        }
      }
    }
  }

  private void finish(RunningCheck running, ReachabilityResult result) {
    cancelTimeout(running);
    inFlight.remove(running.target, running);
    deliver(running, result);
  }

  private static void cancelTimeout(RunningCheck running) {
    Future<?> timeout = running.timeout;
    if (timeout != null) {
      timeout.cancel(false);
    }
  }

  private static void deliver(RunningCheck running, ReachabilityResult result) {
    try {
      running.consumer.accept(result);
    } catch (RuntimeException e) {
      log.error("The consumer of a reachability check has failed", e);
    }
  }

  /** How many frames have woken a receiving thread. */
  long receivedFrames() {
    return sockets.receivedFrames();
  }

  @Override
  public void close() {
    thread.execute(
        () -> {
          closed = true;
          var ended = new ReachabilityResult.NotChecked("the probe was closed.");
          List.copyOf(inFlight.values()).forEach(running -> finish(running, ended));
          waiting.forEach(running -> deliver(running, ended));
          waiting.clear();
          sockets.close();
        });
    thread.shutdown();
  }
}
