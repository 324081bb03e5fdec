package dev.ballast.dataplane.server.relay.backend;

import dev.ballast.dataplane.core.admission.AdmissionResult;
import dev.ballast.dataplane.core.admission.ResourceUsage;
import dev.ballast.dataplane.core.balance.PickContext;
import dev.ballast.dataplane.core.balance.Picker;
import dev.ballast.dataplane.core.balance.SessionAffinity;
import dev.ballast.dataplane.server.relay.backend.BackendSet.BackendSnapshot;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The last backend of each client of one frontend, for {@code sessionAffinity: ClientIP} (a stick
 * table, in HAProxy's terms). All event loops use it. When the Service has its part of the node's
 * entries, further clients are not remembered: they use the hash alone, and move only when a new
 * backend is their first choice.
 */
public final class AffinityTable {

  /** The backend of one client, and its connections to it. */
  public static final class AffinityEntry {
    private final Backend backend;
    private final AtomicInteger connections = new AtomicInteger();
    private volatile long lastSeenNanos;

    private AffinityEntry(Backend backend) {
      this.backend = backend;
    }

    private void connectionOpened(long nowNanos) {
      lastSeenNanos = nowNanos;
      connections.incrementAndGet();
    }

    public void connectionClosed(long nowNanos) {
      lastSeenNanos = nowNanos;
      connections.decrementAndGet();
    }

    private boolean isConnected() {
      return connections.get() > 0;
    }
  }

  private final ConcurrentHashMap<InetAddress, AffinityEntry> entries = new ConcurrentHashMap<>();
  private final ResourceUsage budget;

  /**
   * @param budget the Service's part of the entries of the node
   */
  public AffinityTable(ResourceUsage budget) {
    this.budget = budget;
  }

  /** Returns the index of the backend to try, or {@link Picker#NONE}. */
  public int pick(BackendSnapshot snapshot, PickContext context, long nowNanos) {
    AffinityEntry affinityEntry = entries.get(context.client());
    if (affinityEntry == null) {
      return snapshot.picker().pick(context);
    }
    return SessionAffinity.pick(
        new SessionAffinity.RememberedBackend(
            snapshot.usable().indexOf(affinityEntry.backend),
            affinityEntry.isConnected(),
            affinityEntry.lastSeenNanos),
        snapshot.policy().affinity().orElse(Duration.ZERO),
        nowNanos,
        snapshot.picker(),
        context);
  }

  /** Records a connection; returns the entry of the client, or null when the table is full. */
  @Nullable public AffinityEntry connectionOpened(InetAddress client, Backend backend, long nowNanos) {
    return entries.compute(
        client,
        (key, known) -> {
          if (known == null && budget.tryAcquire(1) != AdmissionResult.ADMITTED) {
            return null;
          }
          AffinityEntry affinityEntry =
              known == null || known.backend != backend ? new AffinityEntry(backend) : known;
          affinityEntry.connectionOpened(nowNanos);
          return affinityEntry;
        });
  }

  /** Removes the entries that have timed out. */
  public void expire(Duration timeout, long nowNanos) {
    entries.forEach(
        (client, known) -> {
          if (isOver(known, timeout, nowNanos)) {
            // Again, since the client may have connected meanwhile.
            entries.computeIfPresent(
                client,
                (key, entry) -> {
                  if (!isOver(entry, timeout, nowNanos)) {
                    return entry;
                  }
                  budget.release(1);
                  return null;
                });
          }
        });
  }

  /** Removes all entries, also those of clients that are connected. */
  void close() {
    for (InetAddress client : entries.keySet()) {
      if (entries.remove(client) != null) {
        budget.release(1);
      }
    }
  }

  private static boolean isOver(AffinityEntry entry, Duration timeout, long nowNanos) {
    return !SessionAffinity.isRemembered(
        entry.isConnected(), entry.lastSeenNanos, timeout, nowNanos);
  }

  public int size() {
    return entries.size();
  }
}
