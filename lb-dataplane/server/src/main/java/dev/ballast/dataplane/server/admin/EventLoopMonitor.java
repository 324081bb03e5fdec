package dev.ballast.dataplane.server.admin;

import io.netty.util.concurrent.EventExecutor;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Detects blocked event loops: each loop records the time once a second. */
final class EventLoopMonitor {

  private static final long BLOCKED_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final List<Heartbeat> heartbeats = new ArrayList<>();

  private static final class Heartbeat implements Runnable {
    private volatile long last = System.nanoTime();

    @Override
    public void run() {
      last = System.nanoTime();
    }
  }

  static EventLoopMonitor watch(List<Vertx> watched) {
    var loops = new EventLoopMonitor();
    for (Vertx vertx : watched) {
      for (EventExecutor loop : ((VertxInternal) vertx).nettyEventLoopGroup()) {
        var heartbeat = new Heartbeat();
        loops.heartbeats.add(heartbeat);
        var unused = loop.scheduleAtFixedRate(heartbeat, 0, 1, TimeUnit.SECONDS);
      }
    }
    return loops;
  }

  /** The problem for a person; empty if there is none. */
  String problem() {
    long now = System.nanoTime();
    long blocked =
        heartbeats.stream().filter(heartbeat -> now - heartbeat.last > BLOCKED_NANOS).count();
    return blocked == 0
        ? ""
        : "%d of %d event loops have been blocked for 10 s".formatted(blocked, heartbeats.size());
  }
}
