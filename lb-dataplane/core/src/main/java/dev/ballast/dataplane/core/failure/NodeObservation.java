package dev.ballast.dataplane.core.failure;

/**
 * What one node has observed of another one. Nodes on rings pass it on, since each of them hears
 * few others.
 *
 * @param node which was observed, by its {@link NodeId}
 * @param observer which hears its heartbeats, or should
 * @param sequence of the heartbeat in which the observer said it, so that copies are told apart
 * @param ageMillis since the observation: at the observer, and at all nodes that passed it on
 */
public record NodeObservation(long node, long observer, Kind kind, int sequence, int ageMillis) {

  /** What was observed. */
  public enum Kind {
    /** No heartbeat came in time. */
    SUSPECTED,
    /** A heartbeat came, although another node suspects the sender. */
    HEARD,
    /** Its process has ended for certain. */
    ENDED
  }

  /** Whether the observer said this later. Sequences wrap around. */
  boolean isAfter(NodeObservation other) {
    return sequence - other.sequence > 0;
  }
}
