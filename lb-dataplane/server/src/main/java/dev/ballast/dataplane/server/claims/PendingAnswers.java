package dev.ballast.dataplane.server.claims;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * The requests of this node that others have not answered yet. One thread uses it.
 *
 * @param <P> a node, or a connection to it
 */
final class PendingAnswers<P> {

  private record PendingRequest<P>(
      Set<P> awaited, Set<P> answered, CompletableFuture<Set<P>> result) {}

  private final Map<Long, PendingRequest<P>> byNonce = new HashMap<>();
  private long lastNonce;

  /**
   * Adds a request.
   *
   * @param result completes with those that have answered, when no other one can
   * @return the nonce that the answers have to have
   */
  long add(Collection<P> awaited, CompletableFuture<Set<P>> result) {
    lastNonce++;
    byNonce.put(lastNonce, new PendingRequest<>(new HashSet<>(awaited), new HashSet<>(), result));
    return lastNonce;
  }

  /** The nonces of the requests that wait for it. */
  List<Long> nonces(P peer) {
    return byNonce.entrySet().stream()
        .filter(each -> each.getValue().awaited().contains(peer))
        .map(Map.Entry::getKey)
        .toList();
  }

  boolean isEmpty() {
    return byNonce.isEmpty();
  }

  void answered(P peer, long nonce) {
    PendingRequest<P> request = byNonce.get(nonce);
    if (request != null && request.awaited().remove(peer)) {
      request.answered().add(peer);
    }
  }

  /** Completes those that wait for none of these. */
  void complete(Collection<P> reachable) {
    byNonce
        .values()
        .removeIf(
            request -> {
              request.awaited().retainAll(reachable);
              return request.awaited().isEmpty()
                  && request.result().complete(Set.copyOf(request.answered()));
            });
  }
}
