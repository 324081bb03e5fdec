package dev.ballast.dataplane.server.heartbeat;

import dev.ballast.dataplane.server.diagnosis.Finding;
import dev.ballast.dataplane.server.metrics.NodeMetric;
import dev.ballast.dataplane.server.steering.SelfFencing;
import dev.ballast.dataplane.server.steering.Steering;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The heartbeats of this process: gives them what the cluster says, and counts them. */
public final class PeerHeartbeats implements HeartbeatListener, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(PeerHeartbeats.class);

  private final String self;
  private final Optional<InetAddress> own;
  private final boolean enabled;
  private final Runnable onChange;
  private final HeartbeatExchange exchange;
  private final SelfFencing fencing;
  private final HeartbeatFindings findings = new HeartbeatFindings(System::nanoTime);
  private final Timer gaps;
  private final Timer pauses;
  private volatile HeartbeatKeys keys = HeartbeatKeys.NONE;
  private volatile boolean verifying;
  private volatile boolean cutOff;
  private volatile boolean claiming;

  /** A firewall may drop all heartbeats of this node: the others do not wait for them then. */
  private volatile boolean published;

  private Set<String> logged = Set.of();
  private volatile OptionalLong verifiedAt = OptionalLong.empty();
  private Map<String, InetAddress> peers = Map.of();

  /**
   * @param own the address from which this node sends
   * @param enabled whether there should be a key
   * @param fencing silences this node when no heartbeat leaves it
   * @param onChange called when a node has failed or recovered
   */
  public PeerHeartbeats(
      String self,
      Optional<InetAddress> own,
      boolean enabled,
      Function<HeartbeatListener, HeartbeatExchange> start,
      SelfFencing fencing,
      Runnable onChange,
      MeterRegistry metrics) {
    this.self = self;
    this.own = own;
    this.enabled = enabled;
    this.onChange = onChange;
    this.fencing = fencing;
    this.gaps = timer(NodeMetric.HEARTBEAT_GAP, metrics);
    this.pauses = timer(NodeMetric.PROCESS_PAUSE, metrics);
    this.exchange = start.apply(this);
    NodeMetric.NODES_DEAD.gauge(metrics, () -> liveness().dead().size());
  }

  private static Timer timer(NodeMetric metric, MeterRegistry metrics) {
    return Timer.builder(metric.meterName())
        .description(metric.meaning())
        .serviceLevelObjectives(
            Duration.ofMillis(150),
            Duration.ofMillis(250),
            Duration.ofMillis(400),
            Duration.ofMillis(900),
            Duration.ofSeconds(5))
        .register(metrics);
  }

  /** What is known about the other nodes now. Thread-safe. */
  public NodeLiveness liveness() {
    return exchange.liveness();
  }

  /** This process serves the node from now on. Thread-safe. */
  public void start() {
    exchange.start();
  }

  /** Another process of the node does. Thread-safe. */
  public void stop() {
    exchange.stop();
  }

  /** Whether this node claims any address. Thread-safe. */
  public void setClaiming(boolean now) {
    claiming = now;
  }

  /** Whether this node can own addresses. Without it, others take over at once. Thread-safe. */
  public void setEligible(boolean eligible) {
    exchange.setEligible(eligible);
  }

  /** Replaces the keys. One thread calls this method and the next three. */
  public void setKeys(HeartbeatKeys now) {
    keys = now;
    exchange.setKeys(now);
    log.info("Heartbeats have {} keys", now.usable().size());
  }

  /** Replaces the other nodes, and the address of each. */
  public void setPeers(Map<String, InetAddress> now) {
    peers = now;
    exchange.setPeers(now);
  }

  /** The latest keys. */
  public HeartbeatKeys keys() {
    return keys;
  }

  /** The latest other nodes. */
  public Map<String, InetAddress> peers() {
    return peers;
  }

  /** The process of a node has ended for certain. Thread-safe. */
  public void ended(String node) {
    exchange.ended(node);
  }

  /** One address for each other node, of the family of this node's address. */
  public Map<String, InetAddress> peersOf(Map<InetAddress, String> nodeAddresses) {
    return peersOf(self, own, nodeAddresses);
  }

  static Map<String, InetAddress> peersOf(
      String self, Optional<InetAddress> own, Map<InetAddress, String> nodeAddresses) {
    SortedMap<String, InetAddress> sorted = new TreeMap<>();
    nodeAddresses.forEach((address, node) -> sorted.put(address.getHostAddress(), address));
    Map<String, InetAddress> peers = new HashMap<>();
    for (InetAddress address : sorted.values()) {
      String node = nodeAddresses.get(address);
      if (node != null
          && !node.equals(self)
          && own.stream().allMatch(it -> it.getClass().equals(address.getClass()))) {
        peers.putIfAbsent(node, address);
      }
    }
    return Map.copyOf(peers);
  }

  /**
   * What is wrong, for the report. One thread calls it.
   *
   * @param members the nodes that the API server considers alive
   */
  public List<Finding> findings(Collection<String> members) {
    SortedMap<String, PeerFault> faults = new TreeMap<>(exchange.faults());
    faults.keySet().retainAll(members);
    return findings.update(enabled, !keys.isEmpty(), faults);
  }

  @Override
  public void livenessChanged() {
    Set<String> dead = liveness().dead();
    if (!dead.equals(logged)) {
      logged = dead;
      log.info("Nodes that have failed: {}", dead);
    }
    onChange.run();
  }

  @Override
  public boolean mayPublish(long nanoTime) {
    if (fencing.hasLapsed(nanoTime) && !isVerified(nanoTime)) {
      verify("was silent for too long");
    }
    return !verifying;
  }

  @Override
  public void isolated() {
    cutOff = true;
    fencing.setIsolated(true);
    log.warn(
        "This node receives no heartbeats, and its gateway does not answer. It announces nothing meanwhile. Check its network");
  }

  @Override
  public void connected() {
    cutOff = false;
    fencing.setIsolated(false);
  }

  @Override
  public void reconnected() {
    cutOff = false;
    verify("was without a network");
  }

  /** Without a claim, this node has nothing that others can have taken over. */
  @Override
  public void missed() {
    if (claiming) {
      fencing.setIsolated(true);
      verify("was missed by others");
    }
  }

  /** What was found out counts for as long as a heartbeat does. */
  private boolean isVerified(long nanoTime) {
    return verifiedAt.isPresent()
        && nanoTime - verifiedAt.getAsLong() < SelfFencing.TIMEOUT.toNanos();
  }

  private void verify(String cause) {
    if (!verifying) {
      verifying = true;
      log.info("This node {}, and looks for others that have taken over its addresses", cause);
      onChange.run();
    }
  }

  @Override
  public void published(long nanoTime) {
    fencing.heartbeatSent(nanoTime);
    published = true;
  }

  /**
   * Whether this process must look for others that have taken over, before it calls {@link
   * #resume}. Thread-safe.
   */
  public boolean isVerifying() {
    return verifying;
  }

  /** This process has given up what others have taken over, and may speak again. Thread-safe. */
  public void resume() {
    fencing.setIsolated(cutOff);
    verifiedAt = OptionalLong.of(System.nanoTime());
    verifying = false;
  }

  /** Fences this node while another one takes over when its heartbeats end. One thread calls it. */
  public void fence(Steering steering) {
    setFencing(steering, needsFencing());
  }

  /** Another process of this node sends the heartbeats from now on. */
  public void disarm(Steering steering) {
    published = false;
    setFencing(steering, false);
  }

  private static void setFencing(Steering steering, boolean armed) {
    try {
      steering.setFencing(armed);
    } catch (IOException e) {
      log.warn(
          "Cannot change the self-fencing of this node, retrying ({}). Check whether the container has the capability NET_ADMIN",
          e.getMessage());
    }
  }

  private boolean needsFencing() {
    NodeLiveness now = liveness();
    return published
        && !keys.isEmpty()
        && !peers.isEmpty()
        && !(now.eligible().isEmpty() && now.dead().isEmpty());
  }

  @Override
  public void received(long gapNanos) {
    gaps.record(gapNanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void paused(long nanos) {
    pauses.record(Duration.ofNanos(nanos));
    log.warn(
        "This process was paused for {} ms. Other nodes may have taken over its addresses. Check the load of the node",
        Duration.ofNanos(nanos).toMillis());
  }

  @Override
  public void close() {
    exchange.close();
  }
}
