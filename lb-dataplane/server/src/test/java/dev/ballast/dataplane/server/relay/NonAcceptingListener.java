package dev.ballast.dataplane.server.relay;

import java.io.IOException;
import java.net.ServerSocket;

/** Connections are made with it, by the kernel, and nobody ever reads from them. */
final class NonAcceptingListener implements AutoCloseable {

  private final ServerSocket listener = new ServerSocket(0, 64, TestBackend.ADDRESS);

  NonAcceptingListener() throws IOException {}

  int port() {
    return listener.getLocalPort();
  }

  /** Resets them all. */
  @Override
  public void close() throws IOException {
    listener.close();
  }
}
