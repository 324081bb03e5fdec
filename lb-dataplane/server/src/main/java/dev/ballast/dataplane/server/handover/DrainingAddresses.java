package dev.ballast.dataplane.server.handover;

import dev.ballast.dataplane.core.plan.FiveTuple;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * The side of the former owner: the addresses that another node announces, while this one still
 * serves their connections. Thread-safe, and never blocks.
 */
final class DrainingAddresses {

  /** For connections that began while the network learned the new owner. */
  private static final long REFRESH_NANOS = Duration.ofSeconds(1).toNanos();

  private final String self;
  private final Duration drain;
  private final Handovers.FlowSource flowSource;
  private final HandoverExchange exchange;
  private final Function<InetAddress, List<HandedOverFlows>> forwarded;
  private final LongSupplier nanoTime;
  private final Map<InetAddress, Draining> draining = new HashMap<>();
  private long nextRefresh;

  /** What is known about the connections of one address. */
  private static final class Draining {
    final String successor;
    final long end;
    boolean sentAgain;
    boolean empty;

    Draining(String successor, long end) {
      this.successor = successor;
      this.end = end;
    }
  }

  /**
   * @param drain how long connections go on at most; zero: not at all
   * @param flowSource of this node
   * @param forwarded what this node passes on to owners before it
   */
  DrainingAddresses(
      String self,
      Duration drain,
      Handovers.FlowSource flowSource,
      HandoverExchange exchange,
      Function<InetAddress, List<HandedOverFlows>> forwarded,
      LongSupplier nanoTime) {
    this.self = self;
    this.drain = drain;
    this.flowSource = flowSource;
    this.exchange = exchange;
    this.forwarded = forwarded;
    this.nanoTime = nanoTime;
  }

  boolean isEnabled() {
    return drain.isPositive();
  }

  /**
   * Tells the new owners which connections this node has. To be called when this node has stopped
   * to announce the addresses.
   *
   * @param successors the new owner of each address
   */
  void begin(Map<InetAddress, String> successors) {
    if (successors.isEmpty()) {
      return;
    }
    synchronized (this) {
      long now = nanoTime.getAsLong();
      long end = now + drain.toNanos();
      nextRefresh = now + REFRESH_NANOS;
      successors.forEach(
          (address, node) -> {
            Draining before = draining.get(address);
            draining.put(address, new Draining(node, before == null ? end : before.end));
          });
    }
    sendAll(Set.copyOf(successors.keySet()));
  }

  private void sendAll(Set<InetAddress> addresses) {
    var unused =
        flowSource
            .flows(addresses)
            .thenAccept(flows -> addresses.forEach(address -> send(address, flows)));
  }

  private synchronized void send(InetAddress address, Map<InetAddress, List<FiveTuple>> relayed) {
    Draining now = draining.get(address);
    if (now == null) {
      return;
    }
    List<HandedOverFlows> all = new ArrayList<>(forwarded.apply(address));
    // A node that takes an address back has its connections itself.
    all.removeIf(flows -> flows.formerOwner().equals(now.successor));
    List<FiveTuple> own = relayed.getOrDefault(address, List.of());
    if (!own.isEmpty()) {
      Duration remaining = Duration.ofNanos(now.end - nanoTime.getAsLong());
      all.add(new HandedOverFlows(address, self, remaining, own));
    }
    exchange.send(now.successor, address, all);
  }

  /** Sends all of them once more. */
  void sendAgain() {
    Set<InetAddress> addresses = addresses();
    if (!addresses.isEmpty()) {
      sendAll(addresses);
    }
  }

  /** Whether the address drains, and its new owner was another node. */
  synchronized boolean isForAnother(InetAddress address, String successor) {
    Draining now = draining.get(address);
    return now != null && !now.successor.equals(successor);
  }

  /** The addresses whose connections this node serves yet. */
  synchronized Set<InetAddress> addresses() {
    return Set.copyOf(draining.keySet());
  }

  /** This node announces these addresses again, or has nothing to do with them any more. */
  synchronized void forget(Set<InetAddress> addresses) {
    draining.keySet().removeAll(addresses);
  }

  /**
   * Looks at the connections again, once a second.
   *
   * @return the addresses that this node has to release now: their connections have ended, or have
   *     had their time
   */
  Set<InetAddress> ended() {
    Set<InetAddress> addresses;
    Set<InetAddress> ended = new HashSet<>();
    synchronized (this) {
      long now = nanoTime.getAsLong();
      draining.forEach(
          (address, it) -> {
            if (it.empty || it.end - now <= 0) {
              ended.add(address);
            }
          });
      draining.keySet().removeAll(ended);
      if (draining.isEmpty() || now - nextRefresh < 0) {
        return ended;
      }
      nextRefresh = now + REFRESH_NANOS;
      addresses = addresses();
    }
    var unused = flowSource.flows(addresses).thenAccept(flows -> refresh(addresses, flows));
    return ended;
  }

  private synchronized void refresh(
      Set<InetAddress> addresses, Map<InetAddress, List<FiveTuple>> flows) {
    for (InetAddress address : addresses) {
      Draining now = draining.get(address);
      if (now == null) {
        continue;
      }
      now.empty = now.sentAgain && !flows.containsKey(address);
      if (!now.sentAgain) {
        now.sentAgain = true;
        send(address, flows);
      }
    }
  }

  /** Other nodes need pass nothing on to this one: it has released these addresses. */
  void released(Set<InetAddress> addresses) {
    if (!addresses.isEmpty()) {
      exchange.released(addresses);
    }
  }
}
