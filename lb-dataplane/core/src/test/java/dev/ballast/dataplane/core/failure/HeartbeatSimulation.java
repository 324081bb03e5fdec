package dev.ballast.dataplane.core.failure;

import dev.ballast.dataplane.core.failure.Heartbeat.SenderState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;

/** Nodes that send heartbeats over a network with loss and delay. Time passes in steps of 5 ms. */
final class HeartbeatSimulation {

  private static final long STEP = Duration.ofMillis(5).toNanos();

  /** A process that was silent for so long asks the others what they have claimed. */
  private static final long SILENCE = Duration.ofMillis(350).toNanos();

  private static final long VERIFICATION = Duration.ofMillis(300).toNanos();

  private final Random random;
  private final Map<String, SimulatedProcess> processes = new HashMap<>();
  private final PriorityQueue<Delivery> inFlight =
      new PriorityQueue<>((a, b) -> Long.compare(a.at, b.at));
  private final double loss;
  private final long maxDelayMillis;
  private long now;

  /** Whether the first node reaches the second one. */
  private BiPredicate<String, String> link = (from, to) -> true;

  private boolean gateway = true;

  private record Delivery(long at, String to, Heartbeat heartbeat) {}

  private static final class SimulatedProcess {
    final FailureDetector detector = new FailureDetector();
    final List<Heartbeat> unread = new ArrayList<>();
    boolean running = true;
    long lastTurn;
    long nextSend;
    long sequence;
    long verifyingUntil;
    Set<String> suspected = Set.of();
  }

  HeartbeatSimulation(int nodes, double loss, long maxDelayMillis, long seed) {
    this.loss = loss;
    this.maxDelayMillis = maxDelayMillis;
    this.random = new Random(seed);
    for (int i = 0; i < nodes; i++) {
      var process = new SimulatedProcess();
      process.nextSend = random.nextLong(FailureDetector.PERIOD.toNanos());
      processes.put("n" + i, process);
    }
  }

  void link(BiPredicate<String, String> reaches) {
    link = reaches;
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
    return DeadNodes.of(
        node,
        processes.keySet(),
        process.suspected,
        Set.of(),
        process.detector.latest(),
        neighbors(node));
  }

  private NeighborAnswers neighbors(String node) {
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
    return process(node).detector.latest().entrySet().stream()
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
    long pause = process.lastTurn == 0 ? 0 : now - process.lastTurn - STEP;
    process.lastTurn = now;
    if (pause > FailureDetector.PERIOD.toNanos()) {
      process.detector.paused(pause, now);
    }
    if (pause > SILENCE) {
      process.verifyingUntil = now + VERIFICATION;
    }
    process.unread.forEach(heartbeat -> process.detector.heard(heartbeat, now));
    process.unread.clear();
    Set<String> before = process.suspected;
    process.suspected = process.detector.suspected(now);
    if (now >= process.nextSend || !process.suspected.equals(before)) {
      process.nextSend = now + FailureDetector.PERIOD.toNanos();
      process.sequence++;
      var heartbeat = new Heartbeat(node, 1, process.sequence, state(process), process.suspected);
      for (String to : processes.keySet()) {
        if (!to.equals(node) && link.test(node, to) && random.nextDouble() >= loss) {
          long delay = Duration.ofMillis(random.nextLong(maxDelayMillis + 1)).toNanos();
          inFlight.add(new Delivery(now + delay, to, heartbeat));
        }
      }
    }
  }
}
