package dev.ballast.dataplane.server.relay.session;

import io.netty.channel.unix.Errors;
import java.io.IOException;
import java.net.BindException;

/** The local ports of the node ({@code net.ipv4.ip_local_port_range}). */
final class LocalPorts {

  /** Linux has the same numbers on amd64 and arm64. */
  private static final int EADDRNOTAVAIL = -99;

  private static final int EAGAIN = -11;

  /** Whether a connect has failed because every local port to that address and port is in use. */
  static boolean areUsedUp(IOException failure) {
    Throwable cause = failure;
    while (cause != null) {
      if (cause instanceof Errors.NativeIoException errno
          && (errno.expectedErr() == EADDRNOTAVAIL || errno.expectedErr() == EAGAIN)) {
        return true;
      }
      if (cause instanceof BindException) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  private LocalPorts() {}
}
