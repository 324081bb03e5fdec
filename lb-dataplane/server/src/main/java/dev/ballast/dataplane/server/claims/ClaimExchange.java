package dev.ballast.dataplane.server.claims;

import dev.ballast.dataplane.server.handover.HandoverExchange;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.crypto.spec.SecretKeySpec;

/**
 * Tells the other nodes which addresses this node claims, and knows what they claim. Thread-safe,
 * and no method waits for the network.
 */
public interface ClaimExchange extends AutoCloseable {

  /** Exchanges nothing: the reports in the status of LoadBalancers count. */
  static ClaimExchange none() {
    return new NoExchange();
  }

  /**
   * Exchanges claims over TCP, as soon as it is {@linkplain #start started} and has a key.
   *
   * @param self the name of this node
   * @param local the node's own address, and the port that all nodes use
   */
  static ClaimExchange tcp(String self, InetSocketAddress local, ClaimListener listener) {
    return TcpClaims.create(self, local, listener);
  }

  /** The other nodes with a data plane, and the address of each. */
  void setPeers(Map<String, InetAddress> peers);

  /** Replaces the keys. The first one signs, and all are accepted. */
  void setKeys(List<SecretKeySpec> keys);

  /** Replaces the epochs of the addresses that this node claims. */
  void setClaims(Map<InetAddress, Long> claims);

  /** This process serves the node from now on. */
  void start();

  /** Another process of this node does so from now on: the other nodes wait for that one. */
  void stop();

  /**
   * The epochs of the addresses that each node claims. Nodes that have told nothing are left out.
   * The claims of a node whose connection has ended remain for some seconds: its report may be
   * older.
   */
  Map<String, Map<InetAddress, Long>> claims();

  /**
   * Asks every connected node for what it has claimed until now, for a process that was suspended.
   * Completes when all of them have answered, or their connections have ended, with the names of
   * those that have answered.
   */
  CompletionStage<Set<String>> resync();

  /** What is sent about addresses that move. */
  HandoverExchange handovers();

  @Override
  void close();

  /** For a process that knows of claims in another way. */
  record NoExchange() implements ClaimExchange {

    @Override
    public void setPeers(Map<String, InetAddress> peers) {}

    @Override
    public void setKeys(List<SecretKeySpec> keys) {}

    @Override
    public void setClaims(Map<InetAddress, Long> claims) {}

    @Override
    public void start() {}

    @Override
    public void stop() {}

    @Override
    public Map<String, Map<InetAddress, Long>> claims() {
      return Map.of();
    }

    @Override
    public CompletionStage<Set<String>> resync() {
      return CompletableFuture.completedStage(Set.of());
    }

    @Override
    public HandoverExchange handovers() {
      return HandoverExchange.none();
    }

    @Override
    public void close() {}
  }
}
