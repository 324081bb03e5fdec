package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.balance.Affinity;
import dev.ballast.dataplane.core.balance.Draw;
import dev.ballast.dataplane.core.balance.Picker;
import dev.ballast.dataplane.server.relay.Backends.Snapshot;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Where the clients of one frontend were last, while its Service has {@code sessionAffinity:
 * ClientIP}. All loops ask and tell. When it is full, further clients are not remembered: they go
 * by the hash alone, and move only when a backend is added that the hash prefers for them.
 */
final class KnownClients {

  /** One client at one backend. */
  static final class Entry {
    private final Backend backend;
    private final AtomicInteger connections = new AtomicInteger();
    private volatile long lastSeenNanos;

    private Entry(Backend backend) {
      this.backend = backend;
    }

    private void connected(long nowNanos) {
      lastSeenNanos = nowNanos;
      connections.incrementAndGet();
    }

    void disconnected(long nowNanos) {
      lastSeenNanos = nowNanos;
      connections.decrementAndGet();
    }

    private boolean isConnected() {
      return connections.get() > 0;
    }
  }

  private final ConcurrentHashMap<InetAddress, Entry> clients = new ConcurrentHashMap<>();
  private final int most;

  KnownClients(int most) {
    this.most = most;
  }

  /** Index of the backend to try, or {@link Picker#NONE}. */
  int choose(Snapshot snapshot, Draw draw, long nowNanos) {
    Entry entry = clients.get(draw.client());
    if (entry == null) {
      return snapshot.picker().pick(draw);
    }
    return Affinity.choose(
        new Affinity.Known(
            snapshot.usable().indexOf(entry.backend), entry.isConnected(), entry.lastSeenNanos),
        snapshot.policy().affinity().orElse(Duration.ZERO),
        nowNanos,
        snapshot.picker(),
        draw);
  }

  /** To be told when the connection has ended; null when the client is not remembered. */
  @Nullable Entry connected(InetAddress client, Backend backend, long nowNanos) {
    return clients.compute(
        client,
        (key, known) -> {
          if (known == null && clients.size() >= most) {
            return null;
          }
          Entry entry = known == null || known.backend != backend ? new Entry(backend) : known;
          entry.connected(nowNanos);
          return entry;
        });
  }

  void forget(Duration timeout, long nowNanos) {
    clients
        .values()
        .removeIf(
            entry -> !Affinity.holds(entry.isConnected(), entry.lastSeenNanos, timeout, nowNanos));
  }

  int size() {
    return clients.size();
  }
}
