package dev.ballast.dataplane.server.steering;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Sends heartbeats without content from the network namespace of the thread that makes it. */
final class TestHeartbeats implements AutoCloseable {

  private static final int PORT = SelfFencing.DEFAULT_PEER_PORT;
  private static final long PERIOD_MILLIS = 50;

  private final SelfFencing fencing;
  private final InetAddress peer;
  private final DatagramSocket socket;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("test-heartbeats").factory());
  private boolean paused;
  private long lastSent;

  TestHeartbeats(SelfFencing fencing, InetAddress from, InetAddress peer) throws IOException {
    this.fencing = fencing;
    this.peer = peer;
    this.socket = new DatagramSocket(new InetSocketAddress(from, PORT));
    send();
    var unused =
        timer.scheduleAtFixedRate(this::send, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  private synchronized void send() {
    if (paused) {
      return;
    }
    try {
      long now = System.nanoTime();
      socket.send(new DatagramPacket(new byte[1], 1, peer, PORT));
      fencing.heartbeatSent(now);
      lastSent = System.nanoTime();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Sends nothing until {@link #resume}. Returns when the latest heartbeat had been sent. */
  synchronized long pause() {
    paused = true;
    return lastSent;
  }

  synchronized void resume() {
    paused = false;
    send();
  }

  @Override
  public void close() {
    timer.shutdownNow();
    socket.close();
  }
}
