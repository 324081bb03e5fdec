package dev.ballast.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Sends HTTP requests to an address, each on a new connection, until it returns 200. */
final class FirstHttpResponse {

  /**
   * Below the kernel's one second until it repeats a SYN, which would hide when it could connect.
   */
  private static final int CONNECT_MILLIS = 100;

  private static final int READ_MILLIS = 1000;

  private FirstHttpResponse() {}

  /**
   * @param atNanos when the status line was read, on the clock of {@link System#nanoTime}
   */
  record FirstResponse(long atNanos, int failedAttempts) {}

  static FirstResponse await(String address, int port, Duration patience) {
    InetSocketAddress where = new InetSocketAddress(address, port);
    byte[] request =
        "GET /hostname HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
            .formatted(address)
            .getBytes(US_ASCII);
    long end = System.nanoTime() + patience.toNanos();
    String last = "";
    for (int failed = 0; System.nanoTime() < end; failed++) {
      try {
        String line = ask(where, request);
        if (line.startsWith("HTTP/1.1 200")) {
          return new FirstResponse(System.nanoTime(), failed);
        }
        last = line;
      } catch (IOException e) {
        last = e.toString();
      }
      LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
    }
    throw new IllegalStateException(
        "%s returned no HTTP 200 within %s. The last attempt ended with %s"
            .formatted(where, patience, last));
  }

  private static String ask(InetSocketAddress where, byte[] request) throws IOException {
    try (Socket socket = new Socket()) {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(READ_MILLIS);
      socket.connect(where, CONNECT_MILLIS);
      socket.getOutputStream().write(request);
      return new String(socket.getInputStream().readNBytes(12), US_ASCII);
    }
  }
}
