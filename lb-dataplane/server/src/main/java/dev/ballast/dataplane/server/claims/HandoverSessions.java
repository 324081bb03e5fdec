package dev.ballast.dataplane.server.claims;

import dev.ballast.dataplane.server.handover.HandedOverFlows;
import dev.ballast.dataplane.server.handover.HandoverListener;
import java.io.IOException;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** What is sent and received about addresses that move. One thread uses it. */
final class HandoverSessions {

  private final HandoverListener listener;
  private final FrameSender sender;
  private volatile Set<String> reached = Set.of();

  /** The requests that this node has sent, and the nodes that have not answered yet. */
  private final Map<Long, Request> requests = new HashMap<>();

  private long lastNonce;

  private record Request(Set<String> awaited, CompletableFuture<Void> result) {}

  interface FrameSender {
    /** Sends to a node, if it is connected and knows these frames. */
    void send(String node, List<ClaimFrame> frames);
  }

  HandoverSessions(HandoverListener listener, FrameSender sender) {
    this.listener = listener;
    this.sender = sender;
  }

  /** The nodes that take part in handovers. Thread-safe. */
  Set<String> reached() {
    return reached;
  }

  /** No answer comes from other nodes. */
  void setReached(Set<String> now) {
    reached = now;
    requests.values().forEach(request -> request.awaited().retainAll(now));
    complete();
  }

  void request(Map<String, Set<InetAddress>> addresses, CompletableFuture<Void> result) {
    long nonce = ++lastNonce;
    Set<String> awaited = new HashSet<>(addresses.keySet());
    awaited.retainAll(reached);
    requests.put(nonce, new Request(awaited, result));
    // Sending may fail, and change the set.
    for (String node : Set.copyOf(awaited)) {
      List<Set<InetAddress>> parts = HandoverFrame.parts(addresses.getOrDefault(node, Set.of()));
      sender.send(
          node,
          parts.stream()
              .<ClaimFrame>map(part -> new HandoverFrame.HandoverRequest(nonce, part))
              .toList());
    }
    complete();
  }

  void sendFlows(String node, InetAddress address, List<HandedOverFlows> flows) {
    for (HandedOverFlows each : flows) {
      sender.send(node, HandoverFrame.flowLists(each));
    }
    sender.send(node, List.of(new HandoverFrame.FlowsComplete(address)));
  }

  void sendReleased(Set<InetAddress> addresses) {
    List<ClaimFrame> frames =
        HandoverFrame.parts(addresses).stream()
            .<ClaimFrame>map(HandoverFrame.AddressesReleased::new)
            .toList();
    reached.forEach(node -> sender.send(node, frames));
  }

  void received(ClaimConnection connection, HandoverFrame frame) throws IOException {
    String node = connection.peerName();
    switch (frame) {
      case HandoverFrame.HandoverRequest(long nonce, Set<InetAddress> addresses) -> {
        listener.requested(addresses);
        connection.send(new HandoverFrame.HandoverReady(nonce));
      }
      case HandoverFrame.HandoverReady(long nonce) -> answered(node, nonce);
      case HandoverFrame.FlowList(HandedOverFlows flows) -> listener.received(flows);
      case HandoverFrame.FlowsComplete(InetAddress address) -> listener.complete(node, address);
      case HandoverFrame.AddressesReleased(Set<InetAddress> addresses) ->
          listener.released(node, addresses);
    }
  }

  private void answered(String node, long nonce) {
    Request request = requests.get(nonce);
    if (request != null) {
      request.awaited().remove(node);
      complete();
    }
  }

  private void complete() {
    requests
        .values()
        .removeIf(request -> request.awaited().isEmpty() && request.result().complete(null));
  }
}
