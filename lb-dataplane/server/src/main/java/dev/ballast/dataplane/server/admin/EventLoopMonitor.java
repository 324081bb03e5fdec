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

  private final List<LoopTick> ticks = new ArrayList<>();

  private static final class LoopTick implements Runnable {
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
        var tick = new LoopTick();
        loops.ticks.add(tick);
        var unused = loop.scheduleAtFixedRate(tick, 0, 1, TimeUnit.SECONDS);
      }
    }
    return loops;
  }

  /** The problem for a person; empty if there is none. */
  String problem() {
    long now = System.nanoTime();
    long blocked = ticks.stream().filter(tick -> now - tick.last > BLOCKED_NANOS).count();
    return blocked == 0
        ? ""
        : "%d of %d event loops have been blocked for 10 s".formatted(blocked, ticks.size());
  }
}
