package dev.ballast.dataplane.server.relay;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** A listener that answers no SYN: its queue is full, and it never accepts. */
final class Blackhole implements AutoCloseable {

  private final ServerSocket listener;
  private final List<SocketChannel> filling = new ArrayList<>();

  Blackhole() throws IOException {
    listener = new ServerSocket(0, 1, TestBackend.ADDRESS);
    // The queue holds one more than its length; those after it stay in SYN-SENT.
    for (int i = 0; i < 4; i++) {
      SocketChannel channel = SocketChannel.open();
      channel.configureBlocking(false);
      channel.connect(new InetSocketAddress(TestBackend.ADDRESS, port()));
      filling.add(channel);
    }
  }

  int port() {
    return listener.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    for (SocketChannel channel : filling) {
      channel.close();
    }
    listener.close();
  }
}
