package dev.ballast.dataplane.server.membership;

import dev.ballast.dataplane.server.membership.Members.Peer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Readiness that is lost and found again within a second is no news. After an outage of the API
 * server every Pod may be called unready for a moment; nodes that read so in different order would
 * take addresses from each other and give them back, and the LAN be left with the wrong one. A Pod
 * that is deleted, or is being deleted, is another matter: that holds at once.
 */
public final class ReadinessDebouncer {

  public static final Duration GRACE = Duration.ofSeconds(1);

  private final Set<String> ready = new HashSet<>();
  private final Map<String, Long> unreadySince = new HashMap<>();

  /**
   * The peers, those ready that were so within the grace.
   *
   * @param nanos now
   */
  public synchronized List<Peer> bridge(Collection<Peer> peers, long nanos) {
    // A Pod that comes after one that goes has never been ready itself.
    peers.stream().filter(Peer::terminating).map(Peer::node).forEach(this::forget);
    List<Peer> bridged = new ArrayList<>();
    Set<String> there = new HashSet<>();
    for (Peer peer : peers) {
      there.add(peer.node());
      boolean counts = peer.ready() || (!peer.terminating() && isInGrace(peer.node(), nanos));
      if (peer.ready() && !peer.terminating()) {
        ready.add(peer.node());
        unreadySince.remove(peer.node());
      }
      bridged.add(new Peer(peer.node(), counts, peer.terminating()));
    }
    ready.retainAll(there);
    unreadySince.keySet().retainAll(there);
    return bridged;
  }

  private boolean isInGrace(String node, long nanos) {
    if (!ready.contains(node)) {
      return false;
    }
    Long since = unreadySince.putIfAbsent(node, nanos);
    if (since == null || nanos - since < GRACE.toNanos()) {
      return true;
    }
    forget(node);
    return false;
  }

  private void forget(String node) {
    ready.remove(node);
    unreadySince.remove(node);
  }

  /** Whether somebody's grace will end, so that a look is due then. */
  public synchronized boolean isPending() {
    return !unreadySince.isEmpty();
  }
}
