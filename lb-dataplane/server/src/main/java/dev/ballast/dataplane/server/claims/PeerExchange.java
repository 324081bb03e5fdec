package dev.ballast.dataplane.server.claims;

import dev.ballast.dataplane.core.failure.FailureDetector;
import dev.ballast.dataplane.server.diagnosis.Finding;
import dev.ballast.dataplane.server.handover.HandoverExchange;
import dev.ballast.dataplane.server.handover.HandoverListener;
import dev.ballast.dataplane.server.heartbeat.HeartbeatKeys;
import dev.ballast.dataplane.server.heartbeat.NodeLiveness;
import dev.ballast.dataplane.server.heartbeat.PeerHeartbeats;
import dev.ballast.dataplane.server.membership.PeerClaims;
import dev.ballast.dataplane.server.steering.Steering;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this node exchanges with the other ones directly: heartbeats and claims. */
public final class PeerExchange implements PeerClaims, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(PeerExchange.class);

  /** This node is silent meanwhile. */
  private static final Duration RESYNC_TIMEOUT = Duration.ofSeconds(2);

  private static final long ANSWER_TIMEOUT = 500;
  private static final Duration RETRY_DELAY = Duration.ofMillis(50);

  private final Steering steering;
  private final PeerHeartbeats heartbeats;
  private final ClaimExchange claims;
  private final HandoverListener handovers;
  private Set<String> dead = Set.of();

  /**
   * @param steering is fenced while another node can take over
   * @param start starts the exchange of claims
   * @param handovers learns about addresses that move
   * @param onClaims gets the addresses that other nodes have claimed or released
   */
  public PeerExchange(
      PeerHeartbeats heartbeats,
      Steering steering,
      Function<ClaimListener, ClaimExchange> start,
      HandoverListener handovers,
      Consumer<Set<InetAddress>> onClaims) {
    this.heartbeats = heartbeats;
    this.handovers = handovers;
    this.steering = steering;
    this.claims =
        start.apply(
            new ClaimListener() {
              @Override
              public void claimsChanged(Set<InetAddress> addresses) {
                onClaims.accept(addresses);
              }

              @Override
              public void ended(String node) {
                heartbeats.ended(node);
                handovers.ended(node);
              }

              @Override
              public HandoverListener handovers() {
                return handovers;
              }
            });
  }

  /** What is known about the other nodes now. Thread-safe. */
  public NodeLiveness liveness() {
    return heartbeats.liveness();
  }

  @Override
  public void tell(Map<InetAddress, Long> epochs) {
    claims.setClaims(epochs);
    heartbeats.setClaiming(!epochs.isEmpty());
  }

  /** What is sent about addresses that move. A dead node takes part in no move. */
  public HandoverExchange handovers() {
    return claims.handovers().withoutNodes(node -> liveness().dead().contains(node));
  }

  @Override
  public Map<String, Map<InetAddress, Long>> claims() {
    return claims.claims();
  }

  /** This process serves the node from now on. Thread-safe. */
  public void start() {
    heartbeats.start();
    claims.start();
  }

  /** Another process of the node does. Thread-safe. */
  public void stop() {
    heartbeats.stop();
    claims.stop();
  }

  /**
   * Brings both exchanges up to date. One thread calls it.
   *
   * @param nodeAddresses of all nodes with a data plane
   * @param eligible whether this node can own addresses
   */
  public void update(
      HeartbeatKeys latest, Map<InetAddress, String> nodeAddresses, boolean eligible) {
    heartbeats.setEligible(eligible);
    // Without its Secret, a node goes on: others would miss it before they know.
    if (!latest.isEmpty() && !latest.equals(heartbeats.keys())) {
      heartbeats.setKeys(latest);
      claims.setKeys(latest.usable());
    }
    // Their connections are lost: clients learn that from a reset, instead of silence.
    Set<String> lost = heartbeats.liveness().dead();
    lost.stream().filter(node -> !dead.contains(node)).forEach(handovers::ended);
    dead = lost;
    Map<String, InetAddress> peers = heartbeats.peersOf(nodeAddresses);
    if (!peers.equals(heartbeats.peers())) {
      heartbeats.setPeers(peers);
      claims.setPeers(peers);
    }
  }

  /** Others take over at once. Thread-safe. */
  public void setIneligible() {
    heartbeats.setEligible(false);
  }

  /**
   * To be called before a reconciliation. If this process was silent, waits until it knows what
   * others have claimed meanwhile.
   *
   * @return whether it was silent, and {@link #resume} has to follow the reconciliation
   */
  public boolean prepare() throws InterruptedException {
    heartbeats.fence(steering);
    if (!heartbeats.isVerifying()) {
      return false;
    }
    long end = System.nanoTime() + RESYNC_TIMEOUT.toNanos();
    // Nodes that are there send a heartbeat meanwhile.
    Thread.sleep(FailureDetector.PERIOD.multipliedBy(2));
    while (!resync().containsAll(heard()) && System.nanoTime() - end < 0) {
      Thread.sleep(RETRY_DELAY);
    }
    return true;
  }

  /** The nodes that live. */
  private Set<String> heard() {
    NodeLiveness now = heartbeats.liveness();
    Set<String> all = new HashSet<>(now.eligible());
    all.addAll(now.ineligible());
    return all;
  }

  /** Returns the nodes that have answered. */
  private Set<String> resync() throws InterruptedException {
    try {
      return claims.resync().toCompletableFuture().get(ANSWER_TIMEOUT, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.debug("Not every node has sent its claims: {}", e.toString());
      return Set.of();
    }
  }

  /**
   * Another process of this node sends the heartbeats soon. Until then, the node must not fall
   * silent.
   */
  public void disarm() {
    heartbeats.disarm(steering);
  }

  /** This process has given up what others have claimed, and may speak again. */
  public void resume() {
    heartbeats.resume();
  }

  /** What is wrong with the heartbeats of these members. */
  public List<Finding> findings(Collection<String> members) {
    return heartbeats.findings(members);
  }

  @Override
  public void close() {
    heartbeats.close();
    claims.close();
  }
}
