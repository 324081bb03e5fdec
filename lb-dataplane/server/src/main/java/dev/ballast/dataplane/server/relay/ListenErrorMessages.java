package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceKey;
import io.netty.channel.unix.Errors.NativeIoException;
import java.net.BindException;

/** The messages for users when a listener cannot be opened: what happened, why, what to do. */
final class ListenErrorMessages {

  // errno of Linux, as Netty reports it: negative.
  private static final int EACCES = -13;
  private static final int EADDRINUSE = -98;
  private static final int EADDRNOTAVAIL = -99;

  private ListenErrorMessages() {}

  static ListenerState.ListenFailed of(Binding binding, Throwable cause) {
    int errno = cause instanceof NativeIoException io ? io.expectedErr() : errnoOf(cause);
    return switch (errno) {
      case EADDRINUSE ->
          new ListenerState.ListenFailed(
              ListenFailureReason.PORT_IN_USE,
              "Another process on this node listens on "
                  + binding
                  + ", or on that port of all addresses. Ballast does not take the port later,"
                  + " because that process may restart. Change the Service port. Or stop the"
                  + " process, then remove the port from the Service and add it again.");
      case EACCES ->
          new ListenerState.ListenFailed(
              ListenFailureReason.PERMISSION_DENIED,
              "Cannot listen on "
                  + binding
                  + ". Ports below 1024 need the capability NET_BIND_SERVICE. Add it to the"
                  + " securityContext of the data plane.");
      case EADDRNOTAVAIL ->
          new ListenerState.ListenFailed(
              ListenFailureReason.ADDRESS_NOT_AVAILABLE,
              "The kernel of this node cannot bind to "
                  + binding
                  + ". Check that the IP family of the address is enabled on the node.");
      default ->
          new ListenerState.ListenFailed(
              ListenFailureReason.LISTEN_FAILED,
              "Cannot listen on " + binding + ": " + cause.getMessage());
    };
  }

  static ListenerState.ListenFailed portReserved(Binding binding) {
    return new ListenerState.ListenFailed(
        ListenFailureReason.PORT_RESERVED,
        "Cannot listen on "
            + binding
            + ". This node has no nftables with tproxy, and the port is reserved for a daemon of"
            + " the node. Change the Service port, or remove it from the Helm value"
            + " dataplane.reservedPorts.");
  }

  static ListenerState.ListenFailed steeringFailed(Binding binding, Throwable cause) {
    return new ListenerState.ListenFailed(
        ListenFailureReason.STEERING_FAILED,
        "Cannot steer the packets for "
            + binding
            + ": "
            + cause.getMessage()
            + ". The kernel rejects the change of the nftables table of Ballast. Check that the"
            + " data plane has the capability NET_ADMIN. Ballast retries.");
  }

  static ListenerState.ListenFailed noPrivateListener(Binding binding) {
    return new ListenerState.ListenFailed(
        ListenFailureReason.ADDRESS_NOT_AVAILABLE,
        "Cannot listen on "
            + binding
            + ", because the data plane has no socket of that IP family. Check that the IP family"
            + " is enabled on the node, then restart the data plane Pod.");
  }

  static ListenerState.ListenFailed usedByService(Binding binding, ServiceKey holder) {
    return new ListenerState.ListenFailed(
        ListenFailureReason.PORT_IN_USE,
        "Service "
            + holder
            + " uses "
            + binding
            + " already. Change the port or the address of one of the two Services.");
  }

  static ListenerState.ListenFailed notSupported(Binding binding) {
    return new ListenerState.ListenFailed(
        ListenFailureReason.PROTOCOL_NOT_SUPPORTED,
        binding.protocol() == Protocol.UDP
            ? "UDP needs epoll. This node does not allow epoll. The TCP ports of the Service work."
            : "Ballast does not support "
                + binding.protocol()
                + ". The TCP and UDP ports of the Service work.");
  }

  /** NIO reports no errno, only a message. */
  private static int errnoOf(Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    if (!(cause instanceof BindException)) {
      return 0;
    }
    if (message.contains("in use")) {
      return EADDRINUSE;
    }
    return message.contains("denied") ? EACCES : EADDRNOTAVAIL;
  }
}
