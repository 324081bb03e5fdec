package dev.ballast.dataplane.server.claims;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Which nodes have to answer before what they claim is known. One thread uses it. */
final class PendingResyncs {

  private record Resync(
      Set<ClaimConnection> awaited, Set<String> answered, CompletableFuture<Set<String>> result) {}

  private final Map<Long, Resync> byNonce = new HashMap<>();
  private long lastNonce;

  /** Returns the nonce that the answers have to have. */
  long add(Set<ClaimConnection> awaited, CompletableFuture<Set<String>> result) {
    lastNonce++;
    byNonce.put(lastNonce, new Resync(new HashSet<>(awaited), new HashSet<>(), result));
    return lastNonce;
  }

  /** The nonces that are asked of a connection which opens now. */
  List<Long> nonces(ClaimConnection connection) {
    return byNonce.entrySet().stream()
        .filter(each -> each.getValue().awaited().contains(connection))
        .map(Map.Entry::getKey)
        .toList();
  }

  boolean isEmpty() {
    return byNonce.isEmpty();
  }

  void answered(ClaimConnection connection, long nonce) {
    Resync resync = byNonce.get(nonce);
    if (resync != null) {
      resync.awaited().remove(connection);
      resync.answered().add(connection.peerName());
    }
  }

  /** Completes those that wait for none of these connections. */
  void complete(Set<ClaimConnection> connections) {
    byNonce
        .values()
        .removeIf(
            resync -> {
              resync.awaited().retainAll(connections);
              return resync.awaited().isEmpty()
                  && resync.result().complete(Set.copyOf(resync.answered()));
            });
  }
}
