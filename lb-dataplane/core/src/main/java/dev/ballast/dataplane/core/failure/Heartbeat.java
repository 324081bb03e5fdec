package dev.ballast.dataplane.core.failure;

import java.util.Set;

/**
 * A sign of life that the active process of a node sends to every other node, once each {@link
 * FailureDetector#PERIOD}.
 *
 * @param incarnation differs for each process, and grows as long as the clock of the node does
 * @param sequence grows with each heartbeat of the process
 * @param state what the node says of itself
 * @param suspected the nodes that the sender has not heard in time
 */
public record Heartbeat(
    String node, long incarnation, long sequence, SenderState state, Set<String> suspected) {

  /** What a node says of itself. */
  public enum SenderState {
    /** It can own addresses. */
    ELIGIBLE,
    /** It lives, but cannot own addresses: it starts or ends. */
    INELIGIBLE,
    /** It lives, and is silent until it knows whether others have taken over its addresses. */
    VERIFYING,
    /** It ends its heartbeats on purpose, so their absence means nothing. */
    FAREWELL
  }

  public Heartbeat {
    suspected = Set.copyOf(suspected);
  }

  Heartbeat withState(SenderState other) {
    return new Heartbeat(node, incarnation, sequence, other, suspected);
  }

  /** Whether the sender was started later than the one of the other heartbeat, or sent it later. */
  boolean isAfter(Heartbeat other) {
    return incarnation == other.incarnation
        ? sequence > other.sequence
        : incarnation > other.incarnation;
  }
}
