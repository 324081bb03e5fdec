package dev.ballast.dataplane.core.failure;

import dev.ballast.dataplane.core.failure.Heartbeat.SenderState;
import java.util.List;
import java.util.Set;

/**
 * What a heartbeat says, besides that its sender lives. It is the same in most heartbeats of a
 * sender.
 *
 * @param state what the node says of itself
 * @param suspected the nodes that the sender has not heard in time
 * @param recovered the nodes that the sender has suspected, and has heard since. They learn by it
 *     that they were missed. It accuses nobody
 * @param transitional whether the receiver is not a neighbor of the sender, which may end its
 *     heartbeats to this receiver without a farewell
 * @param observations of the sender and of others, passed on
 */
public record HeartbeatContent(
    SenderState state,
    Set<String> suspected,
    Set<String> recovered,
    boolean transitional,
    List<NodeObservation> observations) {

  public HeartbeatContent {
    suspected = Set.copyOf(suspected);
    recovered = Set.copyOf(recovered);
    observations = List.copyOf(observations);
  }

  /** To all nodes of a cluster without rings. */
  public static HeartbeatContent of(SenderState state, Set<String> suspected) {
    return new HeartbeatContent(state, suspected, Set.of(), false, List.of());
  }

  /** The same, for a receiver that is not a neighbor. */
  public HeartbeatContent asTransitional() {
    return new HeartbeatContent(state, suspected, recovered, true, observations);
  }

  HeartbeatContent withState(SenderState other) {
    return new HeartbeatContent(other, suspected, recovered, transitional, observations);
  }

  /** Whether the sender has missed heartbeats of a node. */
  public boolean hasMissed(String node) {
    return suspected.contains(node) || recovered.contains(node);
  }
}
