package dev.ballast.dataplane.server.admin;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * The startup probe, which the kubelet runs in the container. While an update has two Pods on a
 * node, they have the same addresses and ports, so that one Pod could answer the HTTP probe of the
 * other. A Unix socket in a volume of the Pod cannot be confused.
 */
public final class StartupCheck {

  private static final byte[] REQUEST =
      "GET /startupz HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private StartupCheck() {}

  /** Exits with zero if the process has started. The argument is the path of the Unix socket. */
  public static void main(String[] args) {
    System.exit(isStarted(args[0]) ? 0 : 1);
  }

  static boolean isStarted(String path) {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      channel.write(ByteBuffer.wrap(REQUEST));
      ByteBuffer answer = ByteBuffer.allocate("HTTP/1.0 200".length());
      while (answer.hasRemaining() && channel.read(answer) >= 0) {}
      String status = new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
      return status.endsWith(" 200");
    } catch (IOException e) {
      return false;
    }
  }
}
