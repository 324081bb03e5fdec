package dev.ballast.dataplane.server.relay;

/** Whether a port is served. */
public sealed interface ListenerState {

  /**
   * The port is ours. While no endpoint may take a connection it refuses them (ECONNREFUSED; of
   * UDP, the kernel answers that the port is unreachable), and of TCP nobody else can take it.
   */
  record Listening() implements ListenerState {}

  /**
   * The port cannot be served.
   *
   * @param message for a person: what happened, why, what to do
   */
  record ListenFailed(ListenFailureReason reason, String message) implements ListenerState {}
}
