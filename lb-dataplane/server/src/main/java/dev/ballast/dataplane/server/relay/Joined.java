package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.server.sockmap.Flow;
import dev.ballast.dataplane.server.sockmap.Pair;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * The two sockets of a session while the kernel moves their bytes, and what it leaves to user
 * space: what it holds because the other socket has no room, and FIN. Both have to wait until what
 * the kernel had redirected before has arrived in the other socket; nobody tells when, so it is
 * asked, less and less often.
 */
final class Joined {

  private static final int BUDGET = 256 * 1024;
  private static final long FIRST_LOOK_NANOS = TimeUnit.MICROSECONDS.toNanos(50);
  private static final long LONGEST_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final EpollSession session;
  private final Pair pair;
  private final EpollPeer client;
  private final EpollPeer server;
  private boolean waiting;
  private long waitNanos = FIRST_LOOK_NANOS;

  private Joined(EpollSession session, Pair pair, EpollPeer client, EpollPeer server) {
    this.session = session;
    this.pair = pair;
    this.client = client;
    this.server = server;
  }

  /** Takes over what the kernel has just joined; look at both sockets then. */
  static Joined of(EpollSession session, Pair pair, EpollPeer client, EpollPeer server) {
    // What came between the last read and now has had no event that still counts.
    client.lookAgain();
    server.lookAgain();
    return new Joined(session, pair, client, server);
  }

  /** Does what there is to do for user space; returns whether there is more of it at once. */
  boolean pump() throws IOException {
    boolean more = pump(client, server, pair.there(), session.traffic().bytesToBackends());
    more |= pump(server, client, pair.back(), session.traffic().bytesToClients());
    return more;
  }

  private boolean pump(EpollPeer from, EpollPeer to, Flow flow, LongAdder bytes)
      throws IOException {
    if (!flow.isHeld() && !from.hasEndSeen()) {
      from.nothingToRead(); // an event for what was redirected already
      to.tellOfRoom(false);
      return false;
    }
    ByteBuffer buffer = session.lane().buffer();
    int moved = 0;
    boolean wait;
    boolean flushed;
    while (true) {
      // What was kept may go only after what was redirected. Each question is asked once a turn:
      // were the answer to change between two of them, nobody would come back.
      wait = to.hasUnsent() && !flow.settled();
      flushed = !wait && to.flush();
      if (!flushed || !from.isReadable()) {
        break;
      }
      if (moved >= BUDGET) {
        return true;
      }
      int read = from.read(buffer);
      if (read > 0) {
        flow.read(read);
        session.touch();
        bytes.add(read);
        moved += read;
        // That something was held means that nothing is redirected any more.
        if (flow.settled()) {
          to.write(buffer, read);
        } else {
          to.keep(buffer, 0, read);
        }
      }
    }
    if (flushed && !from.isReadable()) {
      if (!from.hasEnded()) {
        if (pair.isWhole()) {
          flow.release();
        }
      } else if (flow.hasUnread()) {
        from.endLater();
        wait = true;
      } else if (!to.hasFinished()) {
        wait = !flow.settled();
        if (!wait) {
          to.finish(from.hasFinished());
        }
      }
    }
    to.tellOfRoom(to.hasUnsent());
    if (wait) {
      lookLater();
    } else {
      waitNanos = FIRST_LOOK_NANOS;
    }
    return false;
  }

  /**
   * Whether all that came in has gone out, or never will. To be asked when one of the sockets has
   * failed, so that nothing new comes from it.
   */
  boolean isDelivered() {
    return isDelivered(pair.there(), server) && isDelivered(pair.back(), client);
  }

  private static boolean isDelivered(Flow flow, EpollPeer to) {
    try {
      return flow.settled() && to.flush();
    } catch (IOException e) {
      return true; // it has failed itself
    }
  }

  void lookLater() {
    if (!waiting) {
      waiting = true;
      var unused =
          session
              .lane()
              .loop()
              .schedule(
                  () -> {
                    waiting = false;
                    session.lookAgain();
                  },
                  waitNanos,
                  TimeUnit.NANOSECONDS);
      waitNanos = Math.min(2 * waitNanos, LONGEST_LOOK_NANOS);
    }
  }

  /** Books what the kernel has moved since the last call; returns whether that was anything. */
  boolean count() {
    long there = pair.there().countRedirected();
    long back = pair.back().countRedirected();
    session.traffic().bytesToBackends().add(there);
    session.traffic().bytesToClients().add(back);
    session.traffic().bytesInKernel().add(there + back);
    return there + back > 0;
  }

  /** Call once, after both sockets were closed. */
  void free() {
    count();
    pair.free();
  }
}
