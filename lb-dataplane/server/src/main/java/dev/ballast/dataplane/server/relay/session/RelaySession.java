package dev.ballast.dataplane.server.relay.session;

import dev.ballast.dataplane.core.admission.AdmissionResult;
import dev.ballast.dataplane.core.admission.ServiceAdmission.ConnectionType;
import dev.ballast.dataplane.core.balance.PickContext;
import dev.ballast.dataplane.core.balance.Picker;
import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import dev.ballast.dataplane.core.plan.FiveTuple;
import dev.ballast.dataplane.server.relay.backend.AffinityTable;
import dev.ballast.dataplane.server.relay.backend.Backend;
import dev.ballast.dataplane.server.relay.backend.BackendSet;
import dev.ballast.dataplane.server.relay.backend.TrafficCounters;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.BitSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One client connection and its backend: what every engine has in common. Stays on one event loop
 * from accept to end.
 */
public abstract class RelaySession {

  /** A backend and three others: what fails on four fails on all. */
  private static final int MAX_ATTEMPTS = 4;

  private final Worker worker;
  private final ListenerContext context;
  private final InetAddress client;
  private final ConnectionType type;
  private final BackendSet.BackendSnapshot snapshot;
  private final int sequence;

  /** Most sessions try one backend. */
  private int firstTried = Picker.NONE;

  private @Nullable BitSet otherTried;
  private @Nullable Backend backend;
  private AffinityTable.@Nullable AffinityEntry affinityEntry;
  private long lastActiveNanos;
  private int attempts;
  private boolean ended;

  /** The place in the worker's {@link IdleTimers}. */
  int slot;

  @Nullable RelaySession previous;

  @Nullable RelaySession next;

  public RelaySession(
      Worker worker, ListenerContext context, InetAddress client, ConnectionType type) {
    this.worker = worker;
    this.context = context;
    this.client = client;
    this.type = type;
    this.snapshot = context.backends().snapshot();
    this.sequence = context.backends().nextSequence();
    this.lastActiveNanos = worker.nowNanos();
  }

  /** Resets both connections. Does nothing when the session has ended. */
  public abstract void reset();

  public final Worker worker() {
    return worker;
  }

  public final ListenerContext context() {
    return context;
  }

  public final BackendSet.BackendSnapshot snapshot() {
    return snapshot;
  }

  public final TrafficCounters traffic() {
    return context.backends().traffic();
  }

  public final boolean isEnded() {
    return ended;
  }

  public final void begin() {
    traffic().connectionAccepted();
    worker.add(this);
  }

  /**
   * Counts these as tried; returns false, and does nothing, when no other backend would be left.
   */
  public final boolean exclude(Set<Backend> backends) {
    if (backends.containsAll(snapshot.usable())) {
      return false;
    }
    for (int index = 0; index < snapshot.usable().size(); index++) {
      if (backends.contains(snapshot.usable().get(index))) {
        setTried(index);
      }
    }
    return true;
  }

  /**
   * Picks a backend that this session has not tried, and that has fewer connections than the limit
   * of each; null when there is none left, or four have failed.
   */
  final @Nullable public Backend nextBackend() {
    if (attempts == MAX_ATTEMPTS) {
      return null;
    }
    int limit = snapshot.maxConnectionsPerBackend();
    PickContext context =
        new PickContext(
            client,
            sequence,
            ThreadLocalRandom.current().nextLong(),
            snapshot::connections,
            index -> isTried(index) || snapshot.connections(index) >= limit);
    AffinityTable affinityTable = snapshot.affinityTable();
    int index =
        affinityTable == null
            ? snapshot.picker().pick(context)
            : affinityTable.pick(snapshot, context, worker.nowNanos());
    if (index == Picker.NONE) {
      if (attempts == 0 && !snapshot.usable().isEmpty()) {
        traffic().connectionRejected(AdmissionResult.BACKEND_LIMIT);
      }
      return null;
    }
    attempts++;
    setTried(index);
    Backend picked = snapshot.usable().get(index);
    picked.connectionOpened();
    backend = picked;
    return picked;
  }

  private boolean isTried(int index) {
    return index == firstTried || (otherTried != null && otherTried.get(index));
  }

  private void setTried(int index) {
    if (firstTried == Picker.NONE) {
      firstTried = index;
      return;
    }
    if (otherTried == null) {
      otherTried = new BitSet();
    }
    otherTried.set(index);
  }

  /** The last picked backend accepted the connection. */
  public final void backendAccepted() {
    AffinityTable affinityTable = snapshot.affinityTable();
    if (affinityTable != null && backend != null) {
      affinityEntry = affinityTable.connectionOpened(client, backend, worker.nowNanos());
    }
  }

  /** The last picked backend did not accept the connection. */
  public final void backendFailed() {
    traffic().connectFailed();
    releaseBackend();
  }

  /** As {@link #backendFailed()}, unless it is the node that has no local port left. */
  public final void backendFailed(IOException cause) {
    if (LocalPorts.areUsedUp(cause)) {
      traffic().connectionRejected(AdmissionResult.PORTS);
      releaseBackend();
    } else {
      backendFailed();
    }
  }

  public final void touch() {
    lastActiveNanos = worker.nowNanos();
  }

  public final InetAddress clientAddress() {
    return client;
  }

  /** The port of the client; empty when its connection has ended. */
  protected abstract OptionalInt clientPort();

  /** What the packets of the client have; empty when its connection has ended. */
  final Optional<FiveTuple> fiveTuple() {
    OptionalInt port = clientPort();
    return port.isEmpty()
        ? Optional.empty()
        : Optional.of(new FiveTuple(client, port.getAsInt(), context.binding()));
  }

  /** By the current policy, not that of the accept: a new idle timeout is for all sessions. */
  final boolean isIdle() {
    return nanosToIdle() < 0;
  }

  /** After so many ticks of the worker, it may be idle for too long. */
  final long ticksToIdle() {
    return nanosToIdle() / TimeUnit.MILLISECONDS.toNanos(Worker.TICK_MILLIS) + 1;
  }

  private long nanosToIdle() {
    long idleNanos = idleTimeout(context.backends().snapshot().policy()).toNanos();
    return idleNanos - (worker.nowNanos() - lastActiveNanos);
  }

  public Duration idleTimeout(ConnectionPolicy policy) {
    return policy.idleTimeout();
  }

  /** Removes the session from the worker and from all counters. Call once. */
  public final void end() {
    ended = true;
    releaseBackend();
    traffic().connectionEnded();
    context.backends().admission().release(client, type);
    worker.remove(this);
  }

  private void releaseBackend() {
    if (affinityEntry != null) {
      affinityEntry.connectionClosed(worker.nowNanos());
      affinityEntry = null;
    }
    if (backend != null) {
      backend.connectionClosed();
      backend = null;
    }
  }
}
