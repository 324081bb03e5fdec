package dev.ballast.dataplane.core.address;

import static dev.ballast.dataplane.core.Endpoints.address;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * Nodes that decide about one address, each by its own view. A view is as old as the last message:
 * nothing is delivered until a test says so, in any order, so that this includes loss, delay,
 * pauses and partitions.
 */
final class OwnershipSimulation {

  private static final InetAddress ADDRESS = address("192.0.2.1");

  /** What is true of the nodes, or what one of them believes. */
  static final class Membership {
    final TreeSet<String> alive = new TreeSet<>();
    final Set<String> excluded = new HashSet<>();
    final Set<String> offLink = new HashSet<>();
    final Set<String> notSelected = new HashSet<>();
    final Set<String> preferred = new HashSet<>();

    void become(Membership other) {
      alive.clear();
      alive.addAll(other.alive);
      excluded.clear();
      excluded.addAll(other.excluded);
      offLink.clear();
      offLink.addAll(other.offLink);
      notSelected.clear();
      notSelected.addAll(other.notSelected);
      preferred.clear();
      preferred.addAll(other.preferred);
    }

    AddressCandidates candidates(Set<String> nodes) {
      Set<String> selected = new HashSet<>(nodes);
      selected.removeAll(notSelected);
      return new AddressCandidates(
          ADDRESS,
          alive.stream().filter(node -> !excluded.contains(node)).toList(),
          offLink,
          new AnnouncePolicy("pool", Optional.of(selected), preferred, List.of()));
    }
  }

  private static final class Node {
    final Membership view = new Membership();
    final Map<String, Long> seen = new HashMap<>();
    long highestEpoch;
  }

  final Membership world = new Membership();

  /** The claim of each node that announces the address. */
  final Map<String, Long> claims = new HashMap<>();

  private final Map<String, Node> nodes = new HashMap<>();

  List<String> names() {
    return new TreeSet<>(nodes.keySet()).stream().toList();
  }

  /** A node begins, or begins again without a memory. */
  void start(String name) {
    world.alive.add(name);
    Node node = new Node();
    node.view.become(world);
    nodes.put(name, node);
    claims.keySet().forEach(other -> deliver(other, name));
  }

  /** A node ends, and is silent at once. */
  void kill(String name) {
    world.alive.remove(name);
    claims.remove(name);
  }

  /** The node learns the state of all nodes. */
  void observe(String name) {
    nodes.get(name).view.become(world);
  }

  /** The node believes for a while that another one has ended. */
  void suspect(String name, String other) {
    nodes.get(name).view.alive.remove(other);
  }

  /** The latest claim of a node reaches another one. */
  void deliver(String from, String to) {
    Node receiver = nodes.get(to);
    Long epoch = claims.get(from);
    if (epoch != null) {
      receiver.seen.put(from, epoch);
      receiver.highestEpoch = Math.max(receiver.highestEpoch, epoch);
    } else if (world.alive.contains(from)) {
      receiver.seen.remove(from);
    }
  }

  OwnershipDecision decide(String name) {
    Node node = nodes.get(name);
    Map<String, Long> known = new HashMap<>(node.seen);
    known.remove(name);
    if (claims.containsKey(name)) {
      known.put(name, claims.get(name));
    }
    return new OwnerElection(
            node.view.candidates(nodes.keySet()),
            name,
            Set.copyOf(node.view.alive),
            known,
            node.highestEpoch)
        .decide();
  }

  /** The nodes that may own the address, as things are. */
  Collection<String> eligible() {
    return world.candidates(nodes.keySet()).eligible();
  }

  void act(String name) {
    if (world.alive.contains(name)) {
      apply(name, decide(name));
    }
  }

  private void apply(String name, OwnershipDecision decision) {
    switch (decision) {
      case OwnershipDecision.Owned(long epoch) -> {
        claims.put(name, epoch);
        nodes.get(name).highestEpoch = Math.max(nodes.get(name).highestEpoch, epoch);
      }
      case OwnershipDecision.HandingOver _ -> {}
      case OwnershipDecision.OwnedByOther _ -> claims.remove(name);
      case OwnershipDecision.Unowned() -> claims.remove(name);
    }
  }

  /** All nodes have one view, and hear each other. Each then acts, all at once or one by one. */
  void round(boolean atOnce, Random order) {
    List<String> living = new ArrayList<>(world.alive);
    Collections.shuffle(living, order);
    if (atOnce) {
      living.forEach(this::hearAll);
      Map<String, OwnershipDecision> decisions = new HashMap<>();
      living.forEach(name -> decisions.put(name, decide(name)));
      decisions.forEach(this::apply);
    } else {
      for (String name : living) {
        hearAll(name);
        act(name);
      }
    }
  }

  private void hearAll(String name) {
    observe(name);
    nodes.keySet().forEach(other -> deliver(other, name));
  }
}
