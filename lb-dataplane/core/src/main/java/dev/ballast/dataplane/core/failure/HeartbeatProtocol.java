package dev.ballast.dataplane.core.failure;

import dev.ballast.dataplane.core.failure.Heartbeat.SenderState;
import dev.ballast.dataplane.core.failure.NodeObservation.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What one node sends to whom, and what it concludes from what it receives. Up to {@link
 * PeerRings#ALL_TO_ALL} nodes, all of them hear each other. In a larger cluster, a node hears its
 * neighbors, and passes on what they and others have observed.
 *
 * <p>Nodes may know different members for a while, so that one considers the other a neighbor, but
 * not the reverse. Then the other one answers, and says that its heartbeats are transitional. Not
 * thread-safe. Times are nanoseconds of one clock.
 */
public final class HeartbeatProtocol {

  /** After that, a former neighbor knows that the heartbeats are transitional, despite any loss. */
  static final Duration OVERLAP = Duration.ofSeconds(10);

  /** They fit into a datagram. */
  static final int MAX_OBSERVATIONS = 40;

  private final String self;
  private final long selfId;
  private final FailureDetector detector = new FailureDetector();
  private final ObservationTable table = new ObservationTable();
  private final AccusedNodes accusedNodes;
  private Set<String> members = Set.of();
  private Map<Long, String> names = Map.of();
  private Set<Long> ids = Set.of();
  private Set<String> neighbors = Set.of();

  /** Until when these nodes get heartbeats, although they are not neighbors. */
  private final Map<String, Long> transitional = new HashMap<>();

  private boolean news;
  private long destinationsVersion;

  /** The nodes that the heartbeat before has named. The next one says that they have recovered. */
  private Set<String> named = Set.of();

  private HeartbeatContent content = HeartbeatContent.of(SenderState.INELIGIBLE, Set.of());

  public HeartbeatProtocol(String self) {
    this.self = self;
    this.selfId = NodeId.of(self);
    this.accusedNodes = new AccusedNodes(table, selfId);
  }

  /** Replaces the nodes that the API server knows, without this one. */
  public void setMembers(Collection<String> others, long now) {
    Set<String> former = neighbors;
    members = Set.copyOf(others);
    neighbors = PeerRings.neighbors(self, members);
    names = new HashMap<>();
    members.forEach(node -> names.put(NodeId.of(node), node));
    ids = new HashSet<>(names.keySet());
    ids.add(selfId);
    transitional.keySet().removeIf(node -> isNeighbor(node) || !members.contains(node));
    former.stream()
        .filter(node -> !isNeighbor(node) && members.contains(node))
        .forEach(node -> transitional.put(node, now + OVERLAP.toNanos()));
    // A suspicion stays until the node is heard again: new neighbors never heard it.
    Set<String> retained = new HashSet<>(neighbors);
    detector.suspected(now).stream().filter(members::contains).forEach(retained::add);
    detector.retain(retained);
    table.retain(ids, now);
    destinationsVersion++;
  }

  /** Whether this node hears its neighbors only. */
  private boolean hasRings() {
    return PeerRings.apply(members.size());
  }

  /** The nodes that this one expects heartbeats of. */
  public Set<String> neighbors() {
    return neighbors;
  }

  /** Whether the silence of a node is a fault. */
  public boolean isNeighbor(String node) {
    return neighbors.contains(node);
  }

  /** The nodes that get heartbeats for a while, which are {@link HeartbeatContent#transitional}. */
  public Set<String> transitional(long now) {
    if (!transitional.isEmpty() && transitional.values().removeIf(until -> until - now <= 0)) {
      destinationsVersion++;
    }
    return transitional.keySet();
  }

  /** Grows when {@link #neighbors} or {@link #transitional} have another value. */
  public long destinationsVersion() {
    return destinationsVersion;
  }

  /** Forgets what was received, since this process receives nothing from now on. */
  public void clear() {
    detector.retain(Set.of());
    table.clear();
    accusedNodes.clear();
  }

  /** Forgets one node, since its silence means nothing. */
  public void forget(String node) {
    Set<String> others = new HashSet<>(members);
    others.remove(node);
    detector.retain(others);
  }

  /** Takes a heartbeat into account. Returns whether it counts: it is new, and of a member. */
  public boolean heard(
      String node, long incarnation, long sequence, HeartbeatContent said, long now) {
    if (!members.contains(node) || !detector.heard(node, incarnation, sequence, said, now)) {
      return false;
    }
    if (hasRings() && said.state() != SenderState.FAREWELL) {
      if (!said.transitional() && !isNeighbor(node)) {
        answer(node, now);
      }
      if (!said.suspected().isEmpty() || !said.observations().isEmpty()) {
        learn(NodeId.of(node), (int) sequence, said, now);
      }
    }
    return true;
  }

  private void answer(String node, long now) {
    if (transitional.put(node, now + OVERLAP.toNanos()) == null) {
      destinationsVersion++;
    }
  }

  private void learn(long sender, int sequence, HeartbeatContent said, long now) {
    for (NodeObservation each : said.observations()) {
      if (each.observer() != selfId && ids.contains(each.node()) && ids.contains(each.observer())) {
        news |= table.add(each, now);
      }
    }
    for (String each : said.suspected()) {
      long node = NodeId.of(each);
      if (ids.contains(node)) {
        news |= table.add(new NodeObservation(node, sender, Kind.SUSPECTED, sequence, 0), now);
      }
    }
  }

  /** This process was paused: what it has read was observed before. */
  public void paused(long nanos, long now) {
    detector.paused(nanos, now);
    table.clear();
    accusedNodes.clear();
  }

  /** See {@link FailureDetector#refused}. */
  public void refused(String node, long now) {
    detector.refused(node, now);
  }

  /** The nodes that this one has not heard in time. */
  public Set<String> suspected(long now) {
    return detector.suspected(now);
  }

  /** What the latest heartbeat of each node says that is not suspected. */
  public Map<String, HeartbeatContent> latest() {
    return detector.latest();
  }

  /** Whether something has to be passed on at once. Asking forgets it. */
  public boolean takeNews() {
    boolean taken = news;
    news = false;
    return taken;
  }

  /** Whether {@link #dead} may change by the time alone. */
  public boolean isObserving() {
    return !table.isEmpty();
  }

  /** Grows when {@link #suspected} or {@link #latest} have another value. */
  public long version() {
    return detector.version();
  }

  /**
   * What the next heartbeat says to neighbors.
   *
   * @param sequence of that heartbeat
   */
  public HeartbeatContent content(SenderState state, long sequence, long now) {
    Set<String> suspected = detector.suspected(now);
    Set<String> recovered = recovered(suspected);
    List<NodeObservation> observations = List.of();
    if (hasRings()) {
      // A node that hears nobody is the one that does not receive.
      suspected = detector.latest().isEmpty() ? Set.of() : suspected;
      observations = observations((int) sequence, now);
    }
    named = suspected;
    if (!recovered.isEmpty() || !observations.isEmpty()) {
      return new HeartbeatContent(state, suspected, recovered, false, observations);
    }
    if (content.state() != state || !content.suspected().equals(suspected)) {
      content = HeartbeatContent.of(state, suspected);
    }
    return content;
  }

  private Set<String> recovered(Set<String> suspected) {
    if (named.isEmpty() || named.equals(suspected)) {
      return Set.of();
    }
    Set<String> recovered = new HashSet<>(named);
    recovered.removeAll(suspected);
    return recovered;
  }

  private List<NodeObservation> observations(int sequence, long now) {
    if (table.isEmpty() && detector.ended().isEmpty()) {
      return List.of();
    }
    table.retain(ids, now);
    List<NodeObservation> all = new ArrayList<>();
    for (String node : detector.ended()) {
      all.add(new NodeObservation(NodeId.of(node), selfId, Kind.ENDED, sequence, 0));
    }
    if (!detector.isTrusting(now)) {
      table.accused().forEach(id -> addHeard(id, sequence, now, all));
    }
    List<NodeObservation> own = all.subList(0, Math.min(all.size(), MAX_OBSERVATIONS / 2));
    List<NodeObservation> result = new ArrayList<>(own);
    result.addAll(table.youngest(MAX_OBSERVATIONS - own.size(), now));
    return result;
  }

  private void addHeard(long id, int sequence, long now, List<NodeObservation> to) {
    String node = names.get(id);
    long silence = node == null ? Long.MAX_VALUE : detector.silence(node, now);
    if (silence <= HeartbeatTimeout.MIN.toNanos()) {
      int age = (int) (silence / 1_000_000);
      to.add(new NodeObservation(id, selfId, Kind.HEARD, sequence, age));
    }
  }

  /** The dead nodes among the members. */
  public Set<String> dead(NeighborAnswers answers, long now) {
    Set<String> suspected = detector.suspected(now);
    Map<String, HeartbeatContent> heard = detector.latest();
    if (!hasRings() || heard.isEmpty()) {
      return DeadNodes.of(self, members, suspected, detector.ended(), heard, answers);
    }
    Set<String> dead = new HashSet<>(detector.ended());
    dead.retainAll(members);
    if (isObserving() && !detector.isTrusting(now)) {
      table.retain(ids, now);
      forgetOthers(suspected);
      dead.addAll(accusedNodes.dead(names, suspected, heard.keySet(), now));
    }
    return Set.copyOf(dead);
  }

  /**
   * The nodes whose process has ended for certain.
   *
   * @param dead among these
   */
  public Set<String> ended(Set<String> dead) {
    Set<String> known = detector.ended();
    return dead.stream()
        .filter(node -> known.contains(node) || table.isEnded(NodeId.of(node)))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Former neighbors send nothing to this node when they live again. Others hear them. */
  private void forgetOthers(Set<String> suspected) {
    for (String node : suspected) {
      if (!isNeighbor(node) && table.isHeard(NodeId.of(node))) {
        forget(node);
      }
    }
  }
}
