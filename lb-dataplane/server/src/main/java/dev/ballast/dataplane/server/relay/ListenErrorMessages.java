package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceKey;
import io.netty.channel.unix.Errors.NativeIoException;
import java.net.BindException;

/** Why a port cannot be served, in words for the one who wants it served. */
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
                  + " or on that port of all addresses. Stop it, or give the Service another port;"
                  + " Ballast takes the port as soon as it is free.");
      case EACCES ->
          new ListenerState.ListenFailed(
              ListenFailureReason.PERMISSION_DENIED,
              "The data plane may not listen on "
                  + binding
                  + ": ports below 1024 need the capability NET_BIND_SERVICE, which its Pod does"
                  + " not have.");
      case EADDRNOTAVAIL ->
          new ListenerState.ListenFailed(
              ListenFailureReason.ADDRESS_NOT_AVAILABLE,
              "The kernel of this node does not let "
                  + binding
                  + " be bound. Is the address's family switched off here?");
      default ->
          new ListenerState.ListenFailed(
              ListenFailureReason.LISTEN_FAILED,
              "Cannot listen on " + binding + ": " + cause.getMessage());
    };
  }

  static ListenerState.ListenFailed takenBy(Binding binding, ServiceKey holder) {
    return new ListenerState.ListenFailed(
        ListenFailureReason.PORT_IN_USE,
        "Service "
            + holder
            + " has "
            + binding
            + ". Give one of the two Services another port or another address.");
  }

  static ListenerState.ListenFailed notSupported(Binding binding) {
    return new ListenerState.ListenFailed(
        ListenFailureReason.PROTOCOL_NOT_SUPPORTED,
        binding.protocol() == Protocol.UDP
            ? "The data plane carries UDP only with Linux's epoll, which this node does not let it"
                + " use; the Service's TCP ports work."
            : "Ballast does not carry "
                + binding.protocol()
                + "; the Service's TCP and UDP ports work.");
  }

  /** NIO gives no errno, only words. */
  private static int errnoOf(Throwable cause) {
    String words = String.valueOf(cause.getMessage());
    if (!(cause instanceof BindException)) {
      return 0;
    }
    if (words.contains("in use")) {
      return EADDRINUSE;
    }
    return words.contains("denied") ? EACCES : EADDRNOTAVAIL;
  }
}
