package dev.ballast.dataplane.core.failure;

import dev.ballast.dataplane.core.failure.NodeObservation.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What nodes have observed of others, and have passed on. An observation counts for a limited time,
 * however it was delayed or repeated on its way: its age grows wherever it waits, and a copy does
 * not make it younger. The newest word of an observer replaces the one before.
 */
final class ObservationTable {

  /** An observer repeats itself each {@link FailureDetector#PERIOD}. */
  static final Duration LIFETIME = Duration.ofSeconds(1);

  /**
   * A node that was heard within this time lives. It is longer than the shortest timeout. So the
   * word of a node that receives its heartbeats arrives before the others count it as dead.
   */
  static final Duration HEARD_LIFETIME = Duration.ofMillis(600);

  /** So many accusations and refutations of a node are passed on. Two accusations are enough. */
  private static final int PASSED_ON = 3;

  /** A node has eight neighbors, and a few more while the nodes of a cluster change. */
  private static final int MAX_OBSERVERS = 32;

  private final Map<Long, Map<Long, Received>> byNode = new HashMap<>();
  private int next;

  /**
   * An observation, and the time at which it was made, as far as it is known here.
   *
   * @param expires when it counts for nothing
   */
  private record Received(NodeObservation observation, long at, long expires) {}

  boolean isEmpty() {
    return byNode.isEmpty();
  }

  void clear() {
    byNode.clear();
  }

  /** Returns whether the others should know it at once. */
  boolean add(NodeObservation observation, long now) {
    long at = now - Duration.ofMillis(observation.ageMillis()).toNanos();
    long expires = at + lifetime(observation.kind()).toNanos();
    if (expires - now <= 0) {
      return false;
    }
    Map<Long, Received> observers =
        byNode.computeIfAbsent(observation.node(), node -> new HashMap<>());
    Received before = observers.get(observation.observer());
    if (before == null ? observers.size() >= MAX_OBSERVERS : !replaces(observation, before, now)) {
      return false;
    }
    observers.put(observation.observer(), new Received(observation, at, expires));
    return (before == null || before.observation().kind() != observation.kind())
        && count(observers, observation.kind()) <= PASSED_ON;
  }

  /** A process that restarts begins again with its sequence. */
  private static boolean replaces(NodeObservation observation, Received before, long now) {
    return before.expires() - now <= 0 || observation.isAfter(before.observation());
  }

  private static long count(Map<Long, Received> observers, Kind kind) {
    return observers.values().stream().filter(each -> each.observation().kind() == kind).count();
  }

  private static Duration lifetime(Kind kind) {
    return switch (kind) {
      case SUSPECTED, ENDED -> LIFETIME;
      case HEARD -> HEARD_LIFETIME;
    };
  }

  /** Forgets what is too old, and all but these nodes and observers. */
  void retain(Set<Long> members, long now) {
    byNode
        .values()
        .forEach(
            observers ->
                observers
                    .values()
                    .removeIf(
                        each ->
                            each.expires() - now <= 0
                                || !members.contains(each.observation().observer())));
    byNode
        .entrySet()
        .removeIf(node -> node.getValue().isEmpty() || !members.contains(node.getKey()));
  }

  /** The nodes that an observer accuses. */
  Set<Long> accused() {
    Set<Long> accused = new HashSet<>();
    byNode.forEach(
        (node, observers) -> {
          if (observers.values().stream()
              .anyMatch(each -> each.observation().kind() != Kind.HEARD)) {
            accused.add(node);
          }
        });
    return accused;
  }

  /** The observers that accuse a node. */
  Set<Long> accusers(long node) {
    Set<Long> accusers = new HashSet<>();
    byNode
        .getOrDefault(node, Map.of())
        .forEach(
            (observer, each) -> {
              if (each.observation().kind() != Kind.HEARD) {
                accusers.add(observer);
              }
            });
    return accusers;
  }

  /** Whether an observer has heard the node lately. */
  boolean isHeard(long node) {
    return byNode.getOrDefault(node, Map.of()).values().stream()
        .anyMatch(each -> each.observation().kind() == Kind.HEARD);
  }

  /** Whether its process has ended, and nobody has heard the node since. */
  boolean isEnded(long node) {
    Map<Long, Received> observers = byNode.getOrDefault(node, Map.of());
    return observers.values().stream()
        .filter(each -> each.observation().kind() == Kind.ENDED)
        .anyMatch(
            end ->
                observers.values().stream()
                    .noneMatch(
                        each ->
                            each.observation().kind() == Kind.HEARD && each.at() - end.at() > 0));
  }

  /**
   * What to pass on: of each node the youngest observations of each kind. If there are more, the
   * next call begins with those that were left out.
   */
  List<NodeObservation> youngest(int limit, long now) {
    List<NodeObservation> all = new ArrayList<>();
    byNode
        .values()
        .forEach(
            observers -> {
              for (Kind kind : Kind.values()) {
                observers.values().stream()
                    .filter(each -> each.observation().kind() == kind && each.expires() - now > 0)
                    .sorted((a, b) -> Long.compare(b.at() - now, a.at() - now))
                    .limit(PASSED_ON)
                    .forEach(each -> all.add(aged(each, now)));
              }
            });
    if (all.size() <= limit) {
      return all;
    }
    List<NodeObservation> part = new ArrayList<>();
    for (int i = 0; i < limit; i++) {
      part.add(all.get(Math.floorMod(next++, all.size())));
    }
    return part;
  }

  private static NodeObservation aged(Received received, long now) {
    NodeObservation it = received.observation();
    // Rounded up: what is passed on must not become younger.
    int age = (int) ((now - received.at() + 999_999) / 1_000_000);
    return new NodeObservation(it.node(), it.observer(), it.kind(), it.sequence(), age);
  }
}
