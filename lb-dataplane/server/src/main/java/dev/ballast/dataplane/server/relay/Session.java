package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.balance.Draw;
import dev.ballast.dataplane.core.balance.Picker;
import dev.ballast.dataplane.core.plan.Policy;
import java.net.InetAddress;
import java.time.Duration;
import java.util.BitSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection and the backend found for it: what every engine has in common. Lives on
 * one event loop from accept to end.
 */
abstract class Session {

  private final Lane lane;
  private final Entrance entrance;
  private final Backends.Snapshot snapshot;
  private final int turn;
  private final BitSet tried = new BitSet();
  private @Nullable Backend backend;
  private KnownClients.@Nullable Entry known;
  private long lastActiveNanos;
  private boolean over;

  /** Neighbours in the lane's list. */
  @Nullable Session previous;

  @Nullable Session next;

  Session(Lane lane, Entrance entrance) {
    this.lane = lane;
    this.entrance = entrance;
    this.snapshot = entrance.backends().snapshot();
    this.turn = entrance.backends().nextTurn();
    this.lastActiveNanos = lane.nowNanos();
  }

  /** Ends both connections at once, with RST. Does nothing when the session is over. */
  abstract void reset();

  final Lane lane() {
    return lane;
  }

  final Entrance entrance() {
    return entrance;
  }

  final Backends.Snapshot snapshot() {
    return snapshot;
  }

  final Traffic traffic() {
    return entrance.backends().traffic();
  }

  final boolean isOver() {
    return over;
  }

  final void begin() {
    traffic().accepted();
    lane.add(this);
  }

  /** Takes these for tried; returns false, and does nothing, when no other one would be left. */
  final boolean avoid(Set<Backend> backends) {
    if (backends.containsAll(snapshot.usable())) {
      return false;
    }
    for (int index = 0; index < snapshot.usable().size(); index++) {
      if (backends.contains(snapshot.usable().get(index))) {
        tried.set(index);
      }
    }
    return true;
  }

  /** A backend that this session has not tried; null when there is none left. */
  final @Nullable Backend nextBackend(InetAddress client) {
    Draw draw =
        new Draw(
            client,
            turn,
            ThreadLocalRandom.current().nextLong(),
            snapshot::connections,
            tried::get);
    KnownClients clients = snapshot.clients();
    int index =
        clients == null
            ? snapshot.picker().pick(draw)
            : clients.choose(snapshot, draw, lane.nowNanos());
    if (index == Picker.NONE) {
      return null;
    }
    tried.set(index);
    Backend picked = snapshot.usable().get(index);
    picked.connectionOpened();
    backend = picked;
    return picked;
  }

  /** The backend picked last took the connection. */
  final void backendAccepted(InetAddress client) {
    KnownClients clients = snapshot.clients();
    if (clients != null && backend != null) {
      known = clients.connected(client, backend, lane.nowNanos());
    }
  }

  /** The backend picked last did not take the connection. */
  final void backendFailed() {
    traffic().connectFailed();
    releaseBackend();
  }

  final void touch() {
    lastActiveNanos = lane.nowNanos();
  }

  /** The policy of now, not of the time of accept: a new idle time-out is for everyone. */
  final boolean isIdle() {
    long idleNanos = idleTimeout(entrance.backends().snapshot().policy()).toNanos();
    return lane.nowNanos() - lastActiveNanos > idleNanos;
  }

  Duration idleTimeout(Policy policy) {
    return policy.idleTimeout();
  }

  /** Takes the session out of all books. Call once. */
  final void end() {
    over = true;
    releaseBackend();
    traffic().ended();
    lane.remove(this);
  }

  private void releaseBackend() {
    if (known != null) {
      known.disconnected(lane.nowNanos());
      known = null;
    }
    if (backend != null) {
      backend.connectionClosed();
      backend = null;
    }
  }
}
