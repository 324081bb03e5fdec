package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.server.claims.ClaimExchange;
import dev.ballast.dataplane.server.claims.ClaimListener;
import dev.ballast.dataplane.server.diagnosis.Finding;
import dev.ballast.dataplane.server.heartbeat.HeartbeatKeys;
import dev.ballast.dataplane.server.heartbeat.NodeLiveness;
import dev.ballast.dataplane.server.heartbeat.PeerHeartbeats;
import dev.ballast.dataplane.server.membership.PeerClaims;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this node exchanges with the other ones directly: heartbeats and claims. */
final class PeerExchange implements PeerClaims, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(PeerExchange.class);

  /** This node is silent meanwhile. */
  private static final Duration RESYNC_TIMEOUT = Duration.ofSeconds(1);

  private final NodeChecks checks;
  private final PeerHeartbeats heartbeats;
  private final ClaimExchange claims;
  private HeartbeatKeys keys = HeartbeatKeys.NONE;
  private Map<String, InetAddress> peers = Map.of();

  /**
   * @param enabled whether there should be a key for heartbeats
   * @param wake called when a node has failed or recovered
   * @param onClaims gets the addresses that other nodes have claimed or released
   */
  PeerExchange(
      String self,
      boolean enabled,
      NodeChecks checks,
      Runnable wake,
      Consumer<Set<InetAddress>> onClaims,
      MeterRegistry metrics) {
    this.checks = checks;
    this.heartbeats =
        new PeerHeartbeats(
            self, enabled, checks.heartbeats(), checks.steering().fencing(), wake, metrics);
    this.claims =
        checks
            .claims()
            .apply(
                new ClaimListener() {
                  @Override
                  public void claimsChanged(Set<InetAddress> addresses) {
                    onClaims.accept(addresses);
                  }

                  @Override
                  public void ended(String node) {
                    heartbeats.ended(node);
                  }
                });
  }

  NodeLiveness liveness() {
    return heartbeats.liveness();
  }

  @Override
  public void tell(Map<InetAddress, Long> epochs) {
    claims.setClaims(epochs);
  }

  @Override
  public Map<String, Map<InetAddress, Long>> claims() {
    return claims.claims();
  }

  /** This process serves the node from now on. Thread-safe. */
  void start() {
    heartbeats.start();
    claims.start();
  }

  /** Another process of the node does. Thread-safe. */
  void stop() {
    heartbeats.stop();
    claims.stop();
  }

  /** Brings both exchanges up to date, as {@link PeerHeartbeats#update}. */
  void update(HeartbeatKeys latest, Map<InetAddress, String> nodeAddresses, boolean eligible) {
    heartbeats.update(latest, nodeAddresses, eligible);
    if (!keys.equals(heartbeats.keys())) {
      keys = heartbeats.keys();
      claims.setKeys(keys.usable());
    }
    if (!peers.equals(heartbeats.peers())) {
      peers = heartbeats.peers();
      claims.setPeers(peers);
    }
  }

  /** Others take over at once. Thread-safe. */
  void setIneligible() {
    heartbeats.setIneligible();
  }

  /**
   * To be called before a reconciliation. If this process was silent, waits until it knows what
   * others have claimed meanwhile.
   *
   * @return whether it was silent, and {@link #resume} has to follow the reconciliation
   */
  boolean prepare() throws InterruptedException {
    heartbeats.fence(checks.steering());
    if (!heartbeats.isVerifying()) {
      return false;
    }
    try {
      claims.resync().toCompletableFuture().get(RESYNC_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.debug("Not every node has told its claims: {}", e.toString());
    }
    return true;
  }

  /** This process has given up what others have claimed, and may speak again. */
  void resume() {
    heartbeats.resume();
  }

  /** What is wrong with the heartbeats of these members. */
  List<Finding> findings(Collection<String> members) {
    return heartbeats.findings(members);
  }

  @Override
  public void close() {
    heartbeats.close();
    claims.close();
  }
}
