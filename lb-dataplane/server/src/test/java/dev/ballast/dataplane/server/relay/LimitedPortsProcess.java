package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.plan.VirtualServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs in a network namespace of its own: opens connections to a backend until all source ports are
 * used. Prints the number of answered clients: of too many clients; of some more with a second
 * backend; and after the first clients have disconnected.
 */
final class LimitedPortsProcess {

  static final int PORTS = 16;

  /** Two, because the clients have the same number of source ports for each of them. */
  private static final List<InetAddress> ADDRESSES =
      List.of(InetAddress.ofLiteral("127.88.1.1"), InetAddress.ofLiteral("127.88.1.2"));

  private final RelayFixture relay;
  private final List<Socket> answered = new ArrayList<>();
  private int attempts;

  private LimitedPortsProcess(RelayFixture relay) {
    this.relay = relay;
  }

  public static void main(String[] by) throws Exception {
    try (RelayFixture relay = TestedEngine.valueOf(by[0]).relay();
        TestBackend first = TestBackend.echo();
        TestBackend second = TestBackend.echo()) {
      Files.writeString(
          Path.of("/proc/sys/net/ipv4/ip_local_port_range"), "50000 " + (50_000 + PORTS - 1));
      LimitedPortsProcess test = new LimitedPortsProcess(relay);
      test.serve(first);
      System.out.println(test.ask(PORTS + 8));
      test.serve(first, second);
      System.out.println(test.ask(4));
      test.resetClients();
      test.serve(first);
      System.out.println(test.ask(PORTS));
    }
  }

  private void serve(TestBackend... backends) throws Exception {
    relay.apply(
        new VirtualServer(
            RelayFixture.WEB,
            1,
            ADDRESSES,
            List.of(
                RelayFixture.frontend(
                    relay.port,
                    Stream.of(backends)
                        .map(backend -> backend.endpoint(RelayFixture.READY))
                        .toList())),
            RelayFixture.POLICY,
            RelayFixture.LOCALITY));
  }

  /** Returns the number of answered clients; keeps these connected. */
  private int ask(int clients) throws IOException {
    int before = answered.size();
    for (int i = 0; i < clients; i++) {
      Socket client = new Socket();
      client.setSoTimeout(5000);
      try {
        client.connect(new InetSocketAddress(ADDRESSES.get(attempts++ % 2), relay.port), 5000);
        client.getOutputStream().write('?');
        if (client.getInputStream().read() == '?') {
          answered.add(client);
          continue;
        }
      } catch (IOException e) {
        // Reset: no source port is left for the backend.
      }
      if (!client.isClosed()) {
        ByteStreamTest.reset(client);
      }
    }
    return answered.size() - before;
  }

  private void resetClients() throws Exception {
    for (Socket client : answered) {
      ByteStreamTest.reset(client);
    }
    answered.clear();
    while (relay.metric("ballast.connections.active") > 0) {
      Thread.onSpinWait();
    }
  }
}
