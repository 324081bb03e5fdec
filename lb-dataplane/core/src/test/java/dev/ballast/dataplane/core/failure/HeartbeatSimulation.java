package dev.ballast.dataplane.core.failure;

import dev.ballast.dataplane.core.failure.Heartbeat.SenderState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;

/** Nodes that send heartbeats over a network with loss and delay. Time passes in steps of 5 ms. */
final class HeartbeatSimulation {

  private static final long STEP = Duration.ofMillis(5).toNanos();

  /** A process that was silent for so long asks the others what they have claimed. */
  private static final long SILENCE = Duration.ofMillis(350).toNanos();

  private static final long VERIFICATION = Duration.ofMillis(300).toNanos();

  private final Random random;
  private final Map<String, SimulatedProcess> processes = new TreeMap<>();
  private final PriorityQueue<Delivery> inFlight =
      new PriorityQueue<>((a, b) -> Long.compare(a.at, b.at));
  private double loss;
  private final long maxDelayMillis;
  private long now;

  /** Whether the first node reaches the second one. */
  private BiPredicate<String, String> link = (from, to) -> true;

  private boolean gateway = true;

  private record Delivery(long at, String to, Heartbeat heartbeat) {}

  private static final class SimulatedProcess {
    final HeartbeatProtocol protocol;
    final List<Heartbeat> unread = new ArrayList<>();
    boolean running = true;
    long incarnation = 1;
    long lastTurn;
    long nextSend;
    long sequence;
    long verifyingUntil;
    Set<String> suspected = Set.of();

    SimulatedProcess(String node) {
      protocol = new HeartbeatProtocol(node);
    }
  }

  HeartbeatSimulation(int nodes, double loss, long maxDelayMillis, long seed) {
    this.loss = loss;
    this.maxDelayMillis = maxDelayMillis;
    this.random = new Random(seed);
    for (int i = 0; i < nodes; i++) {
      add("n" + i);
    }
    processes.keySet().forEach(node -> members(node, processes.keySet()));
  }

  /** Starts a process that knows nobody, and that nobody knows. */
  void add(String node) {
    var process = new SimulatedProcess(node);
    process.nextSend = now + random.nextLong(FailureDetector.PERIOD.toNanos());
    processes.put(node, process);
  }

  /** What a node knows about the cluster. */
  void members(String node, Collection<String> all) {
    Set<String> others = new HashSet<>(all);
    others.remove(node);
    process(node).protocol.setMembers(others, now);
  }

  Set<String> neighbors(String node) {
    return process(node).protocol.neighbors();
  }

  void link(BiPredicate<String, String> reaches) {
    link = reaches;
  }

  void loss(double share) {
    loss = share;
  }

  void gateway(boolean answers) {
    gateway = answers;
  }

  /** Stops a process, for good or until {@link #resume}. */
  void stop(String node) {
    process(node).running = false;
  }

  void resume(String node) {
    process(node).running = true;
  }

  /** The process of a node ends, and its neighbors find that it refuses connections. */
  void end(String node) {
    stop(node);
    neighbors(node).forEach(each -> process(each).protocol.refused(node, now));
  }

  /**
   * Lets time pass, and returns every death that a node believed in meanwhile: by whom, of whom.
   */
  Map<String, Set<String>> run(Duration duration) {
    Map<String, Set<String>> believed = new HashMap<>();
    long end = now + duration.toNanos();
    while (now < end) {
      now += STEP;
      deliver();
      processes.forEach(
          (node, process) -> {
            if (process.running) {
              turn(node, process);
              Set<String> dead = dead(node);
              if (!dead.isEmpty()) {
                believed.computeIfAbsent(node, none -> new HashSet<>()).addAll(dead);
              }
            }
          });
    }
    return believed;
  }

  Set<String> dead(String node) {
    SimulatedProcess process = process(node);
    return process.protocol.dead(
        process.suspected.isEmpty() ? NeighborAnswers.NONE : neighborAnswers(node), now);
  }

  private NeighborAnswers neighborAnswers(String node) {
    Set<String> silent = new HashSet<>(processes.keySet());
    silent.remove(node);
    silent.removeIf(
        other -> process(other).running && link.test(node, other) && link.test(other, node));
    return new NeighborAnswers(gateway, silent);
  }

  private SimulatedProcess process(String node) {
    SimulatedProcess process = processes.get(node);
    if (process == null) {
      throw new IllegalArgumentException(node);
    }
    return process;
  }

  private SenderState state(SimulatedProcess process) {
    return now < process.verifyingUntil ? SenderState.VERIFYING : SenderState.ELIGIBLE;
  }

  /** The nodes that live for this one and can own addresses. */
  Set<String> eligible(String node) {
    return process(node).protocol.latest().entrySet().stream()
        .filter(entry -> entry.getValue().state() == SenderState.ELIGIBLE)
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
  }

  private void deliver() {
    while (!inFlight.isEmpty() && inFlight.peek().at <= now) {
      Delivery delivery = inFlight.poll();
      process(delivery.to).unread.add(delivery.heartbeat);
    }
  }

  private void turn(String node, SimulatedProcess process) {
    HeartbeatProtocol protocol = process.protocol;
    long pause = process.lastTurn == 0 ? 0 : now - process.lastTurn - STEP;
    process.lastTurn = now;
    if (pause > FailureDetector.PERIOD.toNanos()) {
      protocol.paused(pause, now);
    }
    if (pause > SILENCE) {
      process.verifyingUntil = now + VERIFICATION;
    }
    process.unread.forEach(
        each ->
            protocol.heard(each.node(), each.incarnation(), each.sequence(), each.content(), now));
    process.unread.clear();
    Set<String> before = process.suspected;
    process.suspected = protocol.suspected(now);
    boolean news = protocol.takeNews();
    if (now >= process.nextSend || news || !process.suspected.equals(before)) {
      process.nextSend = now + FailureDetector.PERIOD.toNanos();
      send(node, process);
    }
  }

  private void send(String node, SimulatedProcess process) {
    process.sequence++;
    HeartbeatContent content = process.protocol.content(state(process), process.sequence, now);
    process.protocol.neighbors().forEach(to -> send(node, process, content, to));
    Set.copyOf(process.protocol.transitional(now))
        .forEach(to -> send(node, process, content.asTransitional(), to));
  }

  private void send(String from, SimulatedProcess process, HeartbeatContent content, String to) {
    if (processes.containsKey(to) && link.test(from, to) && random.nextDouble() >= loss) {
      long delay = Duration.ofMillis(random.nextLong(maxDelayMillis + 1)).toNanos();
      var heartbeat = new Heartbeat(from, process.incarnation, process.sequence, content);
      inFlight.add(new Delivery(now + delay, to, heartbeat));
    }
  }
}
