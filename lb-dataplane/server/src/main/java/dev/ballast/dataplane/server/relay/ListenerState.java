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
   * @param reason in CamelCase, for machines: {@link #PORT_IN_USE} and its like
   * @param message for a person: what happened, why, what to do
   */
  record ListenFailed(String reason, String message) implements ListenerState {}

  /** Another process of the node, or another Service, listens on this address and port. */
  String PORT_IN_USE = "PortInUse";

  /** SCTP is not carried, and UDP needs epoll. */
  String PROTOCOL_NOT_SUPPORTED = "ProtocolNotSupported";

  /** Ports below 1024 need CAP_NET_BIND_SERVICE. */
  String PERMISSION_DENIED = "PermissionDenied";

  /** The kernel does not let this address be bound. */
  String ADDRESS_NOT_AVAILABLE = "AddressNotAvailable";

  /** Any other refusal of the kernel, such as too many open files; the message has its words. */
  String LISTEN_FAILED = "ListenFailed";
}
