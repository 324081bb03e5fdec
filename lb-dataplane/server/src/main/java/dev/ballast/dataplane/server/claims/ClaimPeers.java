package dev.ballast.dataplane.server.claims;

import dev.ballast.dataplane.core.failure.PeerRings;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The other nodes, and what is published of their claims. In a large cluster, only {@link
 * PeerRings#neighbors} stay connected. One thread uses it.
 */
final class ClaimPeers {

  private final String self;
  private final Map<String, ClaimPeer> peers = new HashMap<>();
  private final Set<InetAddress> changed = new HashSet<>();
  private volatile Map<String, Map<InetAddress, Long>> published = Map.of();

  ClaimPeers(String self) {
    this.self = self;
  }

  /** The claims of all nodes as they were last published. Thread-safe. */
  Map<String, Map<InetAddress, Long>> published() {
    return published;
  }

  @Nullable ClaimPeer find(String name) {
    return peers.get(name);
  }

  boolean hasAddress(InetAddress address) {
    return peers.values().stream().anyMatch(peer -> peer.address.equals(address));
  }

  Collection<ClaimPeer> all() {
    return List.copyOf(peers.values());
  }

  /**
   * Replaces the nodes. Returns the names of those that are gone, have another address, or are
   * neighbors no longer.
   */
  Set<String> replace(Map<String, InetAddress> now, long nanoTime) {
    Set<String> gone = new HashSet<>();
    for (ClaimPeer peer : all()) {
      if (!peer.address.equals(now.get(peer.name))) {
        peers.remove(peer.name);
        changed.addAll(peer.claims().keySet());
        gone.add(peer.name);
      }
    }
    Set<String> others = new HashSet<>(now.keySet());
    others.remove(self);
    Set<String> neighbors = PeerRings.neighbors(self, others);
    now.forEach(
        (name, address) -> {
          ClaimPeer peer =
              peers.computeIfAbsent(name, n -> new ClaimPeer(self, n, address, nanoTime));
          boolean neighbor = neighbors.contains(name);
          if (peer.neighbor && !neighbor) {
            gone.add(name);
          }
          peer.neighbor = neighbor;
        });
    return gone;
  }

  void note(Set<InetAddress> addresses) {
    changed.addAll(addresses);
  }

  /** Publishes what is known now. Returns the addresses whose claims have changed since. */
  Set<InetAddress> publish(long now) {
    Map<String, Map<InetAddress, Long>> next = new HashMap<>();
    for (ClaimPeer peer : peers.values()) {
      if (peer.isKnown(now)) {
        next.put(peer.name, peer.claims());
      }
    }
    for (Map.Entry<String, Map<InetAddress, Long>> before : published.entrySet()) {
      if (!next.containsKey(before.getKey())) {
        changed.addAll(before.getValue().keySet());
      }
    }
    if (changed.isEmpty() && next.keySet().equals(published.keySet())) {
      return Set.of();
    }
    published = Map.copyOf(next);
    Set<InetAddress> addresses = Set.copyOf(changed);
    changed.clear();
    return addresses;
  }
}
