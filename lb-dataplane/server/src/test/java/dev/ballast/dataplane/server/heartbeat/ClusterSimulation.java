package dev.ballast.dataplane.server.heartbeat;

import dev.ballast.dataplane.core.failure.FailureDetector;
import dev.ballast.dataplane.core.failure.Heartbeat.SenderState;
import dev.ballast.dataplane.core.failure.HeartbeatContent;
import dev.ballast.dataplane.core.failure.HeartbeatProtocol;
import dev.ballast.dataplane.core.failure.NeighborAnswers;
import dev.ballast.dataplane.server.heartbeat.HeartbeatCodec.DecodeResult;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Many nodes in one process, with the code and the datagrams of real ones. Only the network and the
 * clock are simulated.
 */
final class ClusterSimulation {

  /** As the thread of a real node does. */
  private static final long TICK = Duration.ofMillis(20).toNanos();

  private static final long NEWS_INTERVAL = Duration.ofMillis(10).toNanos();

  /** On a LAN, with the time until a thread runs. */
  private static final long MIN_DELAY = Duration.ofNanos(100_000).toNanos();

  private static final long MAX_DELAY = Duration.ofMillis(2).toNanos();

  /** IPv4 and UDP. */
  private static final int HEADER_BYTES = 28;

  private final Random random;
  private final double loss;
  private final Map<String, SimulatedNode> nodes = new HashMap<>();
  private final PriorityQueue<Arrival> queue =
      new PriorityQueue<>((a, b) -> Long.compare(a.at, b.at));
  private long now;
  private long datagrams;
  private long bytes;

  /**
   * What reaches a node.
   *
   * @param datagram empty: its next tick
   */
  private record Arrival(long at, SimulatedNode node, byte[] datagram) {}

  private static final class SimulatedNode {
    final String name;
    final PeerObservations observations;
    final HeartbeatProtocol protocol;
    final HeartbeatCodec codec;
    final List<HmacSha256> keys = TestKeys.parse(KEY).authenticators();
    final ByteBuffer outgoing = ByteBuffer.allocate(HeartbeatCodec.MAX_BYTES);
    boolean running = true;
    boolean news;
    boolean missed;
    long sequence;
    long nextSend;
    long lastSend;
    Set<String> suspected = Set.of();
    NodeLiveness liveness = NodeLiveness.UNKNOWN;

    SimulatedNode(String name) {
      this.name = name;
      this.observations = new PeerObservations(name, gap -> {});
      this.protocol = observations.protocol();
      this.codec = new HeartbeatCodec(name);
    }
  }

  private static final String KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
  private static final byte[] TICK_OF_A_NODE = {};

  ClusterSimulation(int count, double loss, long seed) {
    this.random = new Random(seed);
    this.loss = loss;
    Map<String, InetAddress> addresses = new HashMap<>();
    for (int i = 0; i < count; i++) {
      addresses.put("worker-" + i, address(i));
    }
    for (String name : addresses.keySet()) {
      SimulatedNode node = new SimulatedNode(name);
      Map<String, InetAddress> others = new HashMap<>(addresses);
      others.remove(name);
      node.observations.setPeers(others, now);
      node.nextSend = random.nextLong(FailureDetector.PERIOD.toNanos());
      nodes.put(name, node);
      queue.add(new Arrival(random.nextLong(TICK), node, TICK_OF_A_NODE));
    }
  }

  private static InetAddress address(int number) {
    try {
      return InetAddress.getByAddress(new byte[] {10, 0, (byte) (number >> 8), (byte) number});
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  long datagrams() {
    return datagrams;
  }

  /** With the headers of IPv4 and UDP. */
  long bytes() {
    return bytes;
  }

  void stop(String node) {
    node(node).running = false;
  }

  void resume(String name) {
    SimulatedNode node = node(name);
    node.running = true;
    node.protocol.paused(Duration.ofSeconds(1).toNanos(), now);
    queue.add(new Arrival(now, node, TICK_OF_A_NODE));
  }

  private SimulatedNode node(String name) {
    SimulatedNode node = nodes.get(name);
    if (node == null) {
      throw new IllegalArgumentException(name);
    }
    return node;
  }

  void run(Duration duration) {
    runUntil(now + duration.toNanos());
  }

  private void runUntil(long end) {
    while (!queue.isEmpty() && queue.element().at <= end) {
      Arrival arrival = queue.remove();
      now = arrival.at;
      if (arrival.node.running) {
        turn(arrival.node, arrival.datagram);
      }
    }
    now = end;
  }

  /** The nodes that have learned once that others may consider them dead. */
  Set<String> missed() {
    return nodes.values().stream()
        .filter(node -> node.missed)
        .map(node -> node.name)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Nodes that consider another one dead. */
  long deaths() {
    return nodes.values().stream()
        .filter(node -> node.running && !node.liveness.dead().isEmpty())
        .count();
  }

  /**
   * Stops a node, and measures when the others know it.
   *
   * @return milliseconds for each other node, sorted; without those that do not know it in time
   */
  List<Double> death(String victim, Duration patience) {
    Map<String, OptionalLong> known = new HashMap<>();
    long start = now;
    stop(victim);
    while (now - start < patience.toNanos() && known.size() < nodes.size() - 1) {
      runUntil(now + Duration.ofMillis(1).toNanos());
      for (SimulatedNode node : nodes.values()) {
        if (node.running && node.liveness.dead().contains(victim)) {
          known.putIfAbsent(node.name, OptionalLong.of(now - start));
        }
      }
    }
    return known.values().stream().map(at -> at.orElseThrow() / 1e6).sorted().toList();
  }

  private void turn(SimulatedNode node, byte[] datagram) {
    if (datagram.length == 0) {
      queue.add(new Arrival(now + TICK, node, TICK_OF_A_NODE));
    } else if (node.codec.decode(ByteBuffer.wrap(datagram), node.keys)
        instanceof DecodeResult.Decoded heartbeat) {
      node.observations.heard(heartbeat, now);
    }
    node.missed |= node.observations.isDeadForOthers(now);
    Set<String> before = node.suspected;
    node.suspected = node.protocol.suspected(now);
    node.news |= node.protocol.takeNews();
    if (now - node.nextSend >= 0
        || !node.suspected.equals(before)
        || (node.news && now - node.lastSend >= NEWS_INTERVAL)) {
      send(node);
    }
    node.liveness = node.observations.liveness(NeighborAnswers.NONE, now);
  }

  private void send(SimulatedNode node) {
    node.nextSend = now + FailureDetector.PERIOD.toNanos();
    node.lastSend = now;
    node.news = false;
    node.sequence++;
    HeartbeatContent content = node.protocol.content(SenderState.ELIGIBLE, node.sequence, now);
    node.codec.encode(1, node.sequence, content, node.keys.getFirst(), node.outgoing);
    byte[] datagram = Arrays.copyOf(node.outgoing.array(), node.outgoing.limit());
    for (String to : node.protocol.neighbors()) {
      datagrams++;
      bytes += datagram.length + HEADER_BYTES;
      if (random.nextDouble() >= loss) {
        long delay = random.nextLong(MIN_DELAY, MAX_DELAY);
        queue.add(new Arrival(now + delay, node(to), datagram));
      }
    }
  }

  /** The names of so many nodes. */
  List<String> some(int count) {
    List<String> names = new ArrayList<>(nodes.keySet());
    names.sort(null);
    Collections.shuffle(names, random);
    return names.subList(0, count);
  }
}
