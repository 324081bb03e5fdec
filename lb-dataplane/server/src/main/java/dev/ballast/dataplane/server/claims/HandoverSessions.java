package dev.ballast.dataplane.server.claims;

import dev.ballast.dataplane.server.handover.HandedOverFlows;
import dev.ballast.dataplane.server.handover.HandoverListener;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** What is sent and received about addresses that move. One thread uses it. */
final class HandoverSessions {

  private final HandoverListener listener;
  private final FrameSender sender;
  private volatile Set<String> reached = Set.of();

  private final PendingAnswers<String> requests = new PendingAnswers<>();

  /**
   * A node that passes packets on may be without a connection now. Times of {@link
   * System#nanoTime}.
   */
  private static final long RELEASED_LIFETIME = Duration.ofMinutes(1).toNanos();

  /** When this node has released addresses. */
  private final Map<InetAddress, Long> released = new HashMap<>();

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

  /** No answer comes from other nodes than those of the connections. */
  void setReached(Collection<ClaimConnection> connections) {
    reached = peerNames(connections.stream().filter(ClaimConnection::hasHandovers).toList());
    requests.complete(reached);
  }

  static Set<String> peerNames(Collection<ClaimConnection> connections) {
    return connections.stream()
        .map(ClaimConnection::peerName)
        .collect(Collectors.toUnmodifiableSet());
  }

  void request(Map<String, Set<InetAddress>> addresses, CompletableFuture<Void> result) {
    List<String> asked = addresses.keySet().stream().filter(reached::contains).toList();
    var answers = new CompletableFuture<Set<String>>();
    var unused = answers.thenRun(() -> result.complete(null));
    long nonce = requests.add(asked, answers);
    for (String node : asked) {
      List<Set<InetAddress>> parts = HandoverFrame.parts(addresses.getOrDefault(node, Set.of()));
      sender.send(
          node,
          parts.stream()
              .<ClaimFrame>map(part -> new HandoverFrame.HandoverRequest(nonce, part))
              .toList());
    }
    requests.complete(reached);
  }

  void sendFlows(String node, InetAddress address, List<HandedOverFlows> flows) {
    released.remove(address);
    for (HandedOverFlows each : flows) {
      sender.send(node, HandoverFrame.flowLists(each));
    }
    sender.send(node, List.of(new HandoverFrame.FlowsComplete(address)));
  }

  void sendReleased(Set<InetAddress> addresses, long now) {
    addresses.forEach(address -> released.put(address, now));
    List<ClaimFrame> frames = releasedFrames(addresses);
    reached.forEach(node -> sender.send(node, frames));
  }

  /** Tells a node that connects what it has missed. */
  void opened(ClaimConnection connection, long now) {
    released.values().removeIf(time -> now - time > RELEASED_LIFETIME);
    if (connection.hasHandovers() && !released.isEmpty()) {
      sender.send(connection.peerName(), releasedFrames(Set.copyOf(released.keySet())));
    }
  }

  private static List<ClaimFrame> releasedFrames(Set<InetAddress> addresses) {
    return HandoverFrame.parts(addresses).stream()
        .<ClaimFrame>map(HandoverFrame.AddressesReleased::new)
        .toList();
  }

  void received(ClaimConnection connection, HandoverFrame frame) throws IOException {
    String node = connection.peerName();
    switch (frame) {
      case HandoverFrame.HandoverRequest(long nonce, Set<InetAddress> addresses) -> {
        listener.requested(addresses);
        connection.send(new HandoverFrame.HandoverReady(nonce));
      }
      case HandoverFrame.HandoverReady(long nonce) -> {
        requests.answered(node, nonce);
        requests.complete(reached);
      }
      case HandoverFrame.FlowList(HandedOverFlows flows) -> listener.received(flows);
      case HandoverFrame.FlowsComplete(InetAddress address) -> listener.complete(node, address);
      case HandoverFrame.AddressesReleased(Set<InetAddress> addresses) ->
          listener.released(node, addresses);
    }
  }
}
