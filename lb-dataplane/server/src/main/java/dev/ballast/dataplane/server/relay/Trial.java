package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.server.sockmap.Flow;
import dev.ballast.dataplane.server.sockmap.Pair;
import dev.ballast.dataplane.server.sockmap.Sockmap;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A relay of one connection through the kernel, which must give back what goes in: what came before
 * the join, what comes after, the other way, the counts, and the end.
 */
final class Trial {

  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final int TIMEOUT_MILLIS = 1000;
  private static final int LENGTH = 8 * 1024;

  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(4 * LENGTH).order(ByteOrder.nativeOrder());

  private Trial() {}

  /**
   * @throws IOException saying what the kernel does not do
   */
  static void run() throws IOException {
    Epoll.ensureAvailability();
    try (Sockmap sockmap = Sockmap.open(1);
        ServerSocket listener = new ServerSocket(0, 2, LOOPBACK)) {
      LinuxSocket front = LinuxSocket.newSocketStream(false);
      LinuxSocket back = LinuxSocket.newSocketStream(false);
      try (Socket client = connect(front, listener);
          Socket server = connect(back, listener)) {
        new Trial().relay(sockmap, client, front, back, server);
      } finally {
        front.close();
        back.close();
      }
    }
  }

  /** Returns the other end. */
  private static Socket connect(LinuxSocket socket, ServerSocket listener) throws IOException {
    socket.connect(listener.getLocalSocketAddress());
    listener.setSoTimeout(TIMEOUT_MILLIS);
    Socket accepted = listener.accept();
    accepted.setSoTimeout(TIMEOUT_MILLIS);
    return accepted;
  }

  private void relay(
      Sockmap sockmap, Socket client, LinuxSocket front, LinuxSocket back, Socket server)
      throws IOException {
    client.getOutputStream().write(text(1));
    Pair pair = sockmap.join(front.intValue(), back.intValue());
    if (pair == null || !pair.isWhole()) {
      throw new IOException("in a trial the kernel takes no sockets into a sockmap");
    }
    check(moveHeld(front, pair.there(), back) == LENGTH, "loses what came before");
    check(moveHeld(back, pair.back(), front) == 0, "makes up bytes");
    expect(server, 1);

    client.getOutputStream().write(text(2));
    expect(server, 2);
    server.getOutputStream().write(text(3));
    expect(client, 3);
    check(!pair.there().isHeld() && !pair.back().isHeld(), "holds what it should redirect");
    check(
        pair.there().countRedirected() == LENGTH && pair.back().countRedirected() == LENGTH,
        "counts wrong");
    check(pair.there().settled() && pair.back().settled(), "does not tell what has arrived");

    client.shutdownOutput();
    check(ends(front), "does not tell the end");
  }

  private int moveHeld(LinuxSocket from, Flow flow, LinuxSocket to) throws IOException {
    int read = from.recv(buffer, 0, buffer.capacity());
    if (read > 0) {
      flow.read(read);
      check(flow.settled() && to.send(buffer, 0, read) == read, "does not take what was held");
    }
    flow.release();
    return read;
  }

  private boolean ends(LinuxSocket socket) throws IOException {
    long deadline = System.nanoTime() + TIMEOUT_MILLIS * 1_000_000L;
    while (System.nanoTime() - deadline < 0) {
      if (socket.recv(buffer, 0, buffer.capacity()) < 0) {
        return true;
      }
      Thread.onSpinWait();
    }
    return false;
  }

  private static void expect(Socket socket, int seed) throws IOException {
    byte[] came = socket.getInputStream().readNBytes(LENGTH);
    check(Arrays.equals(came, text(seed)), "changes bytes");
  }

  private static byte[] text(int seed) {
    byte[] text = new byte[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      text[i] = (byte) (i * 31 + (i >> 8) + seed);
    }
    return text;
  }

  private static void check(boolean good, String otherwise) throws IOException {
    if (!good) {
      throw new IOException("in a trial the kernel " + otherwise);
    }
  }
}
