package dev.ballast.dataplane.server.claims;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One thread that has all connections. */
final class TcpClaims implements ClaimExchange {

  private static final Logger log = LoggerFactory.getLogger(TcpClaims.class);

  private static final long TICK_MILLIS = 25;

  /** A tick that comes later than this was a pause of the process. */
  private static final long PAUSE = Duration.ofMillis(500).toNanos();

  private final String self;
  private final Selector selector;
  private final ClaimSessions sessions;
  private final Thread thread;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  private TcpClaims(String self, InetSocketAddress local, ClaimListener listener) {
    this.self = self;
    try {
      this.selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.sessions = new ClaimSessions(self, local, listener, selector);
    this.thread = Thread.ofPlatform().daemon().name("claims").unstarted(this::run);
  }

  static TcpClaims create(String self, InetSocketAddress local, ClaimListener listener) {
    var exchange = new TcpClaims(self, local, listener);
    exchange.thread.start();
    return exchange;
  }

  @Override
  public void setPeers(Map<String, InetAddress> now) {
    Map<String, InetAddress> others = new HashMap<>(now);
    others.remove(self);
    execute(() -> sessions.setPeers(others));
  }

  @Override
  public void setKeys(List<SecretKeySpec> now) {
    List<SecretKeySpec> copy = List.copyOf(now);
    execute(() -> sessions.setKeys(copy));
  }

  @Override
  public void setClaims(Map<InetAddress, Long> claims) {
    Map<InetAddress, Long> copy = Map.copyOf(claims);
    execute(() -> sessions.setClaims(copy));
  }

  @Override
  public void start() {
    execute(sessions::start);
  }

  @Override
  public void stop() {
    execute(sessions::stop);
  }

  @Override
  public Map<String, Map<InetAddress, Long>> claims() {
    return sessions.claims();
  }

  @Override
  public CompletionStage<Set<String>> resync() {
    var result = new CompletableFuture<Set<String>>();
    execute(() -> sessions.resync(result));
    return result;
  }

  /** Ends as a process that is killed: without a farewell. */
  void mute() {
    execute(sessions::mute);
  }

  private void execute(Runnable task) {
    tasks.add(task);
    selector.wakeup();
  }

  private void run() {
    try (selector) {
      long before = System.nanoTime();
      while (!closed) {
        selector.select(TICK_MILLIS);
        long now = System.nanoTime();
        if (now - before > PAUSE) {
          sessions.resumed(now);
        }
        before = now;
        turnSafely(now);
      }
      sessions.stop();
    } catch (IOException e) {
      log.atError().setCause(e).log("The exchange of claims has ended");
    }
  }

  /** A bug must not end the thread, since the other nodes would take this one for ended. */
  private void turnSafely(long now) {
    try {
      turn(now);
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("The exchange of claims failed, continuing");
    }
  }

  private void turn(long now) {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
    for (SelectionKey key : Set.copyOf(selector.selectedKeys())) {
      if (key.isValid() && key.attachment() instanceof ClaimConnection connection) {
        sessions.serve(connection, key, now);
      } else if (key.isValid()) {
        sessions.accept(now);
      }
    }
    selector.selectedKeys().clear();
    sessions.tick(now);
  }

  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    boolean interrupted = false;
    try {
      thread.join(Duration.ofSeconds(1));
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
