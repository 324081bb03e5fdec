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
 * Debounces readiness: a Pod that is unready for less than a second stays ready. After an outage of
 * the API server every Pod can be marked unready for a moment. Nodes that see this in different
 * order would move addresses back and forth, and the network could keep the wrong owner. A Pod that
 * is deleted or terminating becomes unready at once.
 */
final class ReadinessDebouncer {

  static final Duration GRACE_PERIOD = Duration.ofSeconds(1);

  private final Set<String> ready = new HashSet<>();
  private final Map<String, Long> unreadySince = new HashMap<>();

  /**
   * The peers. One that was ready within the grace period counts as ready.
   *
   * @param now from {@link System#nanoTime}
   */
  synchronized List<Peer> debounce(Collection<Peer> peers, long now) {
    // The successor of a terminating Pod has not been ready itself.
    peers.stream().filter(Peer::terminating).map(Peer::node).forEach(this::forget);
    List<Peer> debounced = new ArrayList<>();
    Set<String> present = new HashSet<>();
    for (Peer peer : peers) {
      present.add(peer.node());
      boolean counts = peer.ready() || (!peer.terminating() && isInGrace(peer.node(), now));
      if (peer.ready() && !peer.terminating()) {
        ready.add(peer.node());
        unreadySince.remove(peer.node());
      }
      debounced.add(new Peer(peer.node(), counts, peer.terminating()));
    }
    ready.retainAll(present);
    unreadySince.keySet().retainAll(present);
    return debounced;
  }

  private boolean isInGrace(String node, long now) {
    if (!ready.contains(node)) {
      return false;
    }
    Long since = unreadySince.putIfAbsent(node, now);
    if (since == null || now - since < GRACE_PERIOD.toNanos()) {
      return true;
    }
    forget(node);
    return false;
  }

  private void forget(String node) {
    ready.remove(node);
    unreadySince.remove(node);
  }

  /** Whether a grace period runs, after which the peers change. */
  synchronized boolean isPending() {
    return !unreadySince.isEmpty();
  }
}
