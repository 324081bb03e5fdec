package dev.ballast.dataplane.server.relay;

import java.io.IOException;
import java.net.ServerSocket;

/** A listener that never accepts: the kernel completes handshakes, and no program reads. */
final class NonAcceptingListener implements AutoCloseable {

  private final ServerSocket listener = new ServerSocket(0, 64, TestBackend.ADDRESS);

  NonAcceptingListener() throws IOException {}

  int port() {
    return listener.getLocalPort();
  }

  /** Resets all connections. */
  @Override
  public void close() throws IOException {
    listener.close();
  }
}
