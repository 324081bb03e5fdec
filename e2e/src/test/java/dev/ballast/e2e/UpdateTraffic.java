package dev.ballast.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Clients outside the cluster during an update: new connections at a rate, connections that stay
 * open and talk every second, and UDP flows that do the same. Each runs on a virtual thread.
 */
final class UpdateTraffic implements AutoCloseable {

  private static final int NEW_A_SECOND = 200;
  private static final int ESTABLISHED = 100;
  private static final int FLOWS = 20;
  private static final int PATIENCE_MILLIS = 3000;
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final byte[] REQUEST =
      "GET /hostname HTTP/1.1\r\nHost: update\r\n\r\n".getBytes(US_ASCII);

  private final InetSocketAddress http;
  private final InetSocketAddress udp;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicInteger connected = new AtomicInteger();
  private final AtomicInteger talked = new AtomicInteger();
  private final AtomicInteger datagrams = new AtomicInteger();
  private final ConcurrentLinkedQueue<Broken> broken = new ConcurrentLinkedQueue<>();
  private volatile boolean stopped;

  /**
   * What did not work.
   *
   * @param established a connection that had worked before
   */
  record Broken(Instant at, boolean established, String what) {}

  /**
   * Starts all clients.
   *
   * @param udpPort where {@code echo …} is answered
   */
  UpdateTraffic(String address, int udpPort) {
    this.http = new InetSocketAddress(address, 80);
    this.udp = new InetSocketAddress(address, udpPort);
    start(this::connectAtRate);
    for (int i = 0; i < ESTABLISHED; i++) {
      start(this::talk);
    }
    for (int i = 0; i < FLOWS; i++) {
      start(this::sendDatagrams);
    }
  }

  private void start(Runnable client) {
    threads.add(Thread.ofVirtual().start(client));
  }

  /** Whether every client has had an answer. */
  boolean isEstablished() {
    return connected.get() >= NEW_A_SECOND
        && talked.get() >= ESTABLISHED
        && datagrams.get() >= FLOWS;
  }

  /** What did not work so far. */
  List<Broken> broken() {
    return List.copyOf(broken);
  }

  /** How much did work so far. */
  String sums() {
    return "%d new connections, %d requests on open ones, %d datagrams, %d failures"
        .formatted(connected.get(), talked.get(), datagrams.get(), broken.size());
  }

  private void connectAtRate() {
    long next = System.nanoTime();
    while (!stopped) {
      Thread.ofVirtual().start(this::connectOnce);
      next += 1_000_000_000L / NEW_A_SECOND;
      LockSupport.parkNanos(next - System.nanoTime());
    }
  }

  private void connectOnce() {
    try (Socket socket = connect()) {
      request(socket);
      connected.incrementAndGet();
    } catch (IOException e) {
      broken.add(new Broken(Instant.now(), false, "new connection: " + e));
    }
  }

  private void talk() {
    try (Socket socket = connect()) {
      while (!stopped) {
        request(socket);
        talked.incrementAndGet();
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    } catch (IOException e) {
      broken.add(new Broken(Instant.now(), true, "open connection: " + e));
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(http, PATIENCE_MILLIS);
      socket.setSoTimeout(PATIENCE_MILLIS);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static void request(Socket socket) throws IOException {
    socket.getOutputStream().write(REQUEST);
    var answer = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII), 512);
    String status = answer.readLine();
    if (status == null || !status.contains(" 200 ")) {
      throw new IOException("answer " + status);
    }
    int length = 0;
    for (String line = answer.readLine(); !"".equals(line); line = answer.readLine()) {
      if (line == null) {
        throw new IOException("answer without a body");
      }
      if (line.startsWith("Content-Length: ")) {
        length = Integer.parseInt(line.substring("Content-Length: ".length()));
      }
    }
    if (answer.skip(length) != length) {
      throw new IOException("short answer");
    }
  }

  private void sendDatagrams() {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(udp);
      socket.setSoTimeout(PATIENCE_MILLIS);
      byte[] message = "echo in".getBytes(US_ASCII);
      while (!stopped) {
        socket.send(new DatagramPacket(message, message.length));
        socket.receive(new DatagramPacket(new byte[100], 100));
        datagrams.incrementAndGet();
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    } catch (IOException e) {
      broken.add(new Broken(Instant.now(), false, "datagram: " + e));
    }
  }

  @Override
  public void close() {
    stopped = true;
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    System.out.println("    " + sums());
    broken.stream().limit(5).forEach(each -> System.out.println("    " + each));
  }
}
