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
    peers.stream().filter(Peer::terminating).map(Peer::pod).forEach(this::forget);
    List<Peer> debounced = new ArrayList<>();
    Set<String> present = new HashSet<>();
    for (Peer peer : peers) {
      present.add(peer.pod());
      boolean counts = peer.ready() || (!peer.terminating() && isInGrace(peer.pod(), now));
      if (peer.ready() && !peer.terminating()) {
        ready.add(peer.pod());
        unreadySince.remove(peer.pod());
      }
      debounced.add(peer.withReady(counts));
    }
    ready.retainAll(present);
    unreadySince.keySet().retainAll(present);
    return debounced;
  }

  private boolean isInGrace(String pod, long now) {
    if (!ready.contains(pod)) {
      return false;
    }
    Long since = unreadySince.putIfAbsent(pod, now);
    if (since == null || now - since < GRACE_PERIOD.toNanos()) {
      return true;
    }
    forget(pod);
    return false;
  }

  private void forget(String pod) {
    ready.remove(pod);
    unreadySince.remove(pod);
  }

  /** Whether a grace period runs, after which the peers change. */
  synchronized boolean isPending() {
    return !unreadySince.isEmpty();
  }
}
