package dev.ballast.dataplane.server.relay.session;

import dev.ballast.dataplane.core.plan.FiveTuple;
import dev.ballast.dataplane.server.relay.datagram.DatagramBatch;
import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadEventLoop;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An event loop and its sessions. Everything here runs on that loop. */
public final class Worker {

  private static final Logger log = LoggerFactory.getLogger(Worker.class);
  static final long TICK_MILLIS = 500;

  private static final int MAX_BYTES_PER_TURN = 256 * 1024;

  /** Sessions that have more to relay than one turn takes. */
  private static final int FEW = 8;

  private static final int MANY = 64;

  /** The most bytes that one read takes. */
  private static final int BUFFER_SIZE = 64 * 1024;

  private final EventLoop loop;

  /** Shared by all sessions of the worker: none keeps data in it between two events. */
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_SIZE);

  /** The time, read once a tick, because a read for each event costs too much. */
  private long nowNanos = System.nanoTime();

  private final IdleTimers idleTimers = new IdleTimers();
  private final List<Runnable> afterPoll = new ArrayList<>();
  private int busySessions;
  private final FlowEviction flowEviction = new FlowEviction();
  private final UnsentBytes unsentBytes;
  private @Nullable DatagramBatch datagrams;
  private @Nullable Runnable whenEmpty;

  /**
   * @param maxUnsentBytes the memory for what slow readers do not accept yet
   */
  public Worker(EventLoop loop, long maxUnsentBytes) {
    this.loop = loop;
    this.unsentBytes = new UnsentBytes(maxUnsentBytes);
    var unused =
        loop.scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  public EventLoop loop() {
    return loop;
  }

  public ByteBuffer buffer() {
    return buffer;
  }

  public UnsentBytes unsentBytes() {
    return unsentBytes;
  }

  /** As {@link #buffer()}, for UDP; a megabyte, so it is allocated when first needed. */
  public DatagramBatch datagrams() {
    if (datagrams == null) {
      datagrams = new DatagramBatch();
    }
    return datagrams;
  }

  long nowNanos() {
    return nowNanos;
  }

  void add(RelaySession relaySession) {
    idleTimers.add(relaySession, relaySession.ticksToIdle());
  }

  void remove(RelaySession relaySession) {
    idleTimers.remove(relaySession);
    if (idleTimers.isEmpty() && whenEmpty != null) {
      Runnable then = whenEmpty;
      whenEmpty = null;
      then.run();
    }
  }

  /** Resets the sessions that match {@code which}. */
  public void reset(Predicate<RelaySession> which) {
    idleTimers.reset(which);
  }

  /** The connections and flows of clients at these addresses. */
  public List<FiveTuple> flows(Set<InetAddress> addresses) {
    List<FiveTuple> flows = new ArrayList<>();
    idleTimers.forEach(
        session -> {
          if (addresses.contains(session.context().binding().address())) {
            session.fiveTuple().ifPresent(flows::add);
          }
        });
    return flows;
  }

  /** An idle timeout has become shorter. */
  public void idleTimeoutChanged() {
    idleTimers.lookAtAll();
  }

  /**
   * Runs {@code task} on the loop after it has polled its sockets. A task that gives itself to
   * {@link EventLoop#execute} again and again would run for up to a second before other sockets
   * have their turn.
   */
  public void executeAfterPoll(Runnable task) {
    afterPoll.add(task);
    if (afterPoll.size() == 1) {
      // The tail of this iteration of the loop gives the task to the next one, which polls first.
      ((SingleThreadEventLoop) loop)
          .executeAfterEventLoopIteration(() -> loop.execute(this::runAfterPoll));
    }
  }

  /**
   * Bytes of one direction before other sessions have their turn: less when many sessions have more
   * to relay than one turn takes, so that a request waits for some 20 ms at most.
   */
  public int maxBytesPerTurn() {
    int busy = Math.max(busySessions, afterPoll.size());
    if (busy < FEW) {
      return MAX_BYTES_PER_TURN;
    }
    return busy < MANY ? MAX_BYTES_PER_TURN / 4 : MAX_BYTES_PER_TURN / 16;
  }

  /** Runs the tasks of this moment; what they add runs after the next poll. */
  private void runAfterPoll() {
    List<Runnable> due = List.copyOf(afterPoll);
    busySessions = due.size();
    afterPoll.clear();
    for (Runnable task : due) {
      try {
        task.run();
      } catch (RuntimeException e) {
        log.atError().setCause(e).log("A task of the event loop failed because of a bug");
      }
    }
  }

  /** UDP flows of this worker that may end to make room for others. */
  public FlowEviction flowEviction() {
    return flowEviction;
  }

  /** Runs {@code then} once, as soon as there is no session. */
  public void whenEmpty(Runnable then) {
    if (idleTimers.isEmpty()) {
      then.run();
    } else {
      whenEmpty = then;
    }
  }

  private void tick() {
    nowNanos = System.nanoTime();
    try {
      idleTimers.advance();
    } catch (RuntimeException e) {
      // An exception would cancel the periodic task.
      log.atError().setCause(e).log("Cannot end idle connections because of a bug");
    }
  }
}
