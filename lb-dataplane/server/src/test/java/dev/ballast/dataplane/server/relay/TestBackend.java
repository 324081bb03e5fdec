package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.Endpoint.EndpointConditions;
import dev.ballast.dataplane.core.endpoint.TopologyHints;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A backend on loopback. Connections that end before they send anything are checks, and are not
 * counted.
 */
final class TestBackend implements AutoCloseable {

  interface Service {
    void serve(Socket connection) throws IOException;
  }

  static final InetAddress ADDRESS = InetAddress.ofLiteral("127.0.0.1");

  private final ServerSocket listener;
  private final boolean inOrder;
  private final Service service;
  private final BlockingQueue<Socket> accepted = new LinkedBlockingQueue<>();
  private final List<Socket> open = new CopyOnWriteArrayList<>();
  private final AtomicInteger inService = new AtomicInteger();
  private final AtomicInteger served = new AtomicInteger();

  private TestBackend(InetAddress address, int port, boolean inOrder, Service service)
      throws IOException {
    this.inOrder = inOrder;
    this.listener = new ServerSocket(port, 1024, address);
    this.service = service;
    Thread.ofVirtual().start(this::accept);
  }

  /**
   * Returns its connections by {@link #take()}, except for the first one: that is the first health
   * check, which comes before the relay listens.
   */
  static TestBackend manual() throws IOException {
    TestBackend[] self = new TestBackend[1];
    AtomicInteger seen = new AtomicInteger();
    self[0] =
        new TestBackend(
            ADDRESS,
            0,
            true,
            connection -> {
              if (seen.getAndIncrement() == 0) {
                connection.close();
              } else {
                self[0].accepted.add(connection);
              }
            });
    return self[0];
  }

  static TestBackend of(Service service) throws IOException {
    return of(0, service);
  }

  static TestBackend of(int port, Service service) throws IOException {
    return of(ADDRESS, port, service);
  }

  private static TestBackend of(InetAddress address, int port, Service service) throws IOException {
    return new TestBackend(
        address,
        port,
        false,
        connection -> {
          try (connection) {
            service.serve(connection);
          }
        });
  }

  /** Sends back all bytes, until the other end sends FIN. */
  static TestBackend echo() throws IOException {
    return of(connection -> connection.getInputStream().transferTo(connection.getOutputStream()));
  }

  /** Answers the first byte with its own name, and closes. */
  static TestBackend named(char name) throws IOException {
    return named(name, ADDRESS, 0);
  }

  static TestBackend named(char name, InetAddress address, int port) throws IOException {
    TestBackend[] self = new TestBackend[1];
    self[0] =
        of(
            address,
            port,
            connection -> {
              if (connection.getInputStream().read() >= 0) {
                self[0].served.incrementAndGet();
                connection.getOutputStream().write(name);
              }
            });
    return self[0];
  }

  int port() {
    return listener.getLocalPort();
  }

  int served() {
    return served.get();
  }

  Endpoint endpoint(EndpointConditions conditions) {
    return endpoint(port(), conditions);
  }

  static Endpoint endpoint(int port, EndpointConditions conditions) {
    return new Endpoint(ADDRESS, port, "pod-" + port, "node", conditions, TopologyHints.NONE);
  }

  /** The number of connections that the other end has not closed. */
  long open() {
    return inService.get();
  }

  /** The next connection that a client opened. */
  Socket take() throws InterruptedException, IOException {
    Socket connection = accepted.poll(5, TimeUnit.SECONDS);
    if (connection == null) {
      throw new AssertionError("no connection came to the backend");
    }
    connection.setSoTimeout(10_000);
    return connection;
  }

  private void accept() {
    try {
      while (true) {
        Socket connection = listener.accept();
        open.add(connection);
        // take() returns connections in the order of accept.
        if (inOrder) {
          serve(connection);
        } else {
          Thread.ofVirtual().start(() -> serve(connection));
        }
      }
    } catch (IOException e) {
      // closed: the test is over
    }
  }

  private void serve(Socket connection) {
    inService.incrementAndGet();
    try {
      service.serve(connection);
    } catch (IOException e) {
      // The client's end, or the check's.
    } finally {
      inService.decrementAndGet();
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
      for (Socket connection : open) {
        connection.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String readAll(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII);
  }
}
