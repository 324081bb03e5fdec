package dev.ballast.dataplane.server.socket;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A platform thread that takes a turn when a channel is ready, when it gets a task, and at least
 * once a tick. Tasks run on it, before the turn. Thread-safe.
 */
public final class SelectorThread implements Executor, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(SelectorThread.class);

  private static final Duration END_TIMEOUT = Duration.ofSeconds(1);

  private final Selector selector;

  /** Used again in each turn. The set of the selector would allocate an entry for each key. */
  private final List<SelectionKey> ready = new ArrayList<>();

  private final long tickMillis;
  private final Thread thread;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  /** What the thread does. */
  public interface TurnHandler {

    /**
     * Before the tasks and the turn.
     *
     * @param now of {@link System#nanoTime}
     * @param elapsed nanoseconds since the turn before began, which tell of a pause of the process
     */
    void elapsed(long now, long elapsed);

    /** After the tasks. {@link SelectorThread#ready} has the channels. */
    void turn(long now);

    /** The last turn. */
    void end();
  }

  /**
   * Call {@link #start} next.
   *
   * @param tick the longest time between two turns
   */
  public SelectorThread(String name, Duration tick, TurnHandler handler) {
    try {
      this.selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    this.tickMillis = tick.toMillis();
    this.thread = Thread.ofPlatform().daemon().name(name).unstarted(() -> run(handler));
  }

  public void start() {
    thread.start();
  }

  /** The keys of the channels that were ready before this turn. Some may be cancelled by now. */
  public List<SelectionKey> ready() {
    return ready;
  }

  /** To register channels with. */
  public Selector selector() {
    return selector;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    selector.wakeup();
  }

  private void run(TurnHandler handler) {
    try (selector) {
      Consumer<SelectionKey> collector = ready::add;
      long before = System.nanoTime();
      while (!closed) {
        selector.select(collector, tickMillis);
        long now = System.nanoTime();
        turnSafely(handler, now, now - before);
        before = now;
      }
      handler.end();
    } catch (IOException e) {
      log.atError().setCause(e).log("The thread {} has ended", thread.getName());
    }
  }

  /** A bug must not end the thread, since the other nodes would take this one for ended. */
  private void turnSafely(TurnHandler handler, long now, long elapsed) {
    try {
      handler.elapsed(now, elapsed);
      for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
        task.run();
      }
      handler.turn(now);
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("A turn of the thread {} failed, continuing", thread.getName());
    } finally {
      ready.clear();
    }
  }

  /** Waits a moment for the last turn. */
  @Override
  public void close() {
    closed = true;
    selector.wakeup();
    boolean interrupted = false;
    try {
      thread.join(END_TIMEOUT);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
