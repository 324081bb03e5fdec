package dev.ballast.dataplane.server.relay;

/** Whether a listener is open. */
public sealed interface ListenerState {

  /**
   * The listener is open. While no endpoint may get a connection, the port refuses connections
   * (ECONNREFUSED; for UDP, ICMP port unreachable), and a TCP port stays reserved.
   */
  record Listening() implements ListenerState {}

  /**
   * The listener cannot be opened.
   *
   * @param message for users: what happened, why, what to do
   */
  record ListenFailed(ListenFailureReason reason, String message) implements ListenerState {}
}
