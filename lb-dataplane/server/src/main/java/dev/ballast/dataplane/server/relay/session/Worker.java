package dev.ballast.dataplane.server.relay.session;

import dev.ballast.dataplane.server.relay.datagram.DatagramBatch;
import io.netty.channel.EventLoop;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An event loop and its sessions. Everything here runs on that loop. */
public final class Worker {

  private static final Logger log = LoggerFactory.getLogger(Worker.class);
  private static final long TICK_MILLIS = 500;

  /** The most bytes that one read takes. */
  private static final int BUFFER_SIZE = 64 * 1024;

  private final EventLoop loop;

  /** Shared by all sessions of the worker: none keeps data in it between two events. */
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_SIZE);

  /** The time, read once a tick, because a read for each event costs too much. */
  private long nowNanos = System.nanoTime();

  private @Nullable DatagramBatch datagrams;
  private @Nullable RelaySession first;
  private @Nullable Runnable whenEmpty;

  public Worker(EventLoop loop) {
    this.loop = loop;
    var unused =
        loop.scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  public EventLoop loop() {
    return loop;
  }

  public ByteBuffer buffer() {
    return buffer;
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
    relaySession.next = first;
    if (first != null) {
      first.previous = relaySession;
    }
    first = relaySession;
  }

  void remove(RelaySession relaySession) {
    if (relaySession.previous != null) {
      relaySession.previous.next = relaySession.next;
    } else {
      first = relaySession.next;
    }
    if (relaySession.next != null) {
      relaySession.next.previous = relaySession.previous;
    }
    relaySession.previous = null;
    relaySession.next = null;
    if (first == null && whenEmpty != null) {
      Runnable then = whenEmpty;
      whenEmpty = null;
      then.run();
    }
  }

  /** Resets the sessions that match {@code which}. */
  public void reset(Predicate<RelaySession> which) {
    RelaySession relaySession = first;
    while (relaySession != null) {
      RelaySession next = relaySession.next;
      if (which.test(relaySession)) {
        relaySession.reset();
      }
      relaySession = next;
    }
  }

  /** Runs {@code then} once, as soon as there is no session. */
  public void whenEmpty(Runnable then) {
    if (first == null) {
      then.run();
    } else {
      whenEmpty = then;
    }
  }

  private void tick() {
    nowNanos = System.nanoTime();
    try {
      reset(RelaySession::isIdle);
    } catch (RuntimeException e) {
      // An exception would cancel the periodic task.
      log.atError().setCause(e).log("Cannot end idle connections because of a bug");
    }
  }
}
