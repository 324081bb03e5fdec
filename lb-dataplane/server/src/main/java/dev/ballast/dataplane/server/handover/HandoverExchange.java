package dev.ballast.dataplane.server.handover;

import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;

/** What former and new owners of addresses send to each other. Thread-safe, and never blocks. */
public interface HandoverExchange {

  /** Reaches no node. */
  static HandoverExchange none() {
    return new NoHandovers();
  }

  /** Whether the node is connected, and takes part in handovers. */
  boolean reaches(String node);

  /**
   * Asks owners to stop answering neighbors about addresses, which this node announces next.
   *
   * @param addresses of each owner
   * @return completes when each of them has answered, or its connection has ended
   */
  CompletionStage<Void> request(Map<String, Set<InetAddress>> addresses);

  /** Sends all flows of an address to the node that announces it now. */
  void send(String node, InetAddress address, List<HandedOverFlows> flows);

  /** Tells all nodes that this one has released addresses, and has no flow of them. */
  void released(Set<InetAddress> addresses);

  /** The same, but reaches none of these nodes, although their connections may be open yet. */
  default HandoverExchange withoutNodes(Predicate<String> excluded) {
    return new Restricted(this, excluded);
  }

  /** See {@link #withoutNodes}. */
  record Restricted(HandoverExchange all, Predicate<String> excluded) implements HandoverExchange {

    @Override
    public boolean reaches(String node) {
      return all.reaches(node) && !excluded.test(node);
    }

    @Override
    public CompletionStage<Void> request(Map<String, Set<InetAddress>> addresses) {
      return all.request(addresses);
    }

    @Override
    public void send(String node, InetAddress address, List<HandedOverFlows> flows) {
      all.send(node, address, flows);
    }

    @Override
    public void released(Set<InetAddress> addresses) {
      all.released(addresses);
    }
  }

  /** For a process without other nodes. */
  record NoHandovers() implements HandoverExchange {

    @Override
    public boolean reaches(String node) {
      return false;
    }

    @Override
    public CompletionStage<Void> request(Map<String, Set<InetAddress>> addresses) {
      return CompletableFuture.completedStage(null);
    }

    @Override
    public void send(String node, InetAddress address, List<HandedOverFlows> flows) {}

    @Override
    public void released(Set<InetAddress> addresses) {}
  }
}
