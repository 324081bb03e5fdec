package dev.ballast.dataplane.core.failure;

/**
 * A sign of life that the active process of a node sends to its neighbors, once each {@link
 * FailureDetector#PERIOD}.
 *
 * @param incarnation differs for each process, and grows as long as the clock of the node does
 * @param sequence grows with each heartbeat of the process
 */
public record Heartbeat(String node, long incarnation, long sequence, HeartbeatContent content) {

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
}
