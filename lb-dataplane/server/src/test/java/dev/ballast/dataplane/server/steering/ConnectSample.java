package dev.ballast.dataplane.server.steering;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What a client sees that connects again and again.
 *
 * @param lastConnected of {@link System#nanoTime}, before the attempt
 */
record ConnectSample(int attempts, int connected, long lastConnected) {

  private static final int PORT = 80;

  /** A dropped SYN is sent again after a second. */
  static final int PATIENT_MILLIS = 700;

  static final int IMPATIENT_MILLIS = 40;

  /** Connects about every 5 ms. */
  static ConnectSample take(
      SteeringNamespace namespace, InetAddress address, Duration duration, int timeoutMillis)
      throws Exception {
    return namespace.onClient(
        () -> {
          long start = System.nanoTime();
          int attempts = 0;
          int connected = 0;
          long last = start;
          while (System.nanoTime() - start < duration.toNanos()) {
            long now = System.nanoTime();
            attempts++;
            if (connects(address, timeoutMillis)) {
              connected++;
              last = now;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
          }
          return new ConnectSample(attempts, connected, last);
        });
  }

  static boolean connects(InetAddress address, int timeoutMillis) {
    try (var socket = new Socket()) {
      // Closes by RST, so that no port of the client waits for two minutes.
      socket.setSoLinger(true, 0);
      socket.connect(new InetSocketAddress(address, PORT), timeoutMillis);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
