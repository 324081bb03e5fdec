package dev.ballast.dataplane.server.relay;

/** Why a listener cannot be opened. */
public enum ListenFailureReason {

  /** Another process of the node, or another Service, listens on this address and port. */
  PORT_IN_USE("PortInUse"),

  /** The port is reserved for a daemon of the node (BALLAST_RESERVED_PORTS). */
  PORT_RESERVED("PortReserved"),

  /** nftables rejects the rules for the frontend. */
  STEERING_FAILED("SteeringFailed"),

  /** SCTP is not supported, and UDP needs epoll. */
  PROTOCOL_NOT_SUPPORTED("ProtocolNotSupported"),

  /** Ports below 1024 need CAP_NET_BIND_SERVICE. */
  PERMISSION_DENIED("PermissionDenied"),

  /** The kernel does not allow a socket to bind to this address. */
  ADDRESS_NOT_AVAILABLE("AddressNotAvailable"),

  /** Any other error of the kernel, such as too many open files. The message names it. */
  LISTEN_FAILED("ListenFailed");

  private final String text;

  ListenFailureReason(String text) {
    this.text = text;
  }

  /** In CamelCase, as conditions, metrics and logs have it. */
  @Override
  public String toString() {
    return text;
  }
}
