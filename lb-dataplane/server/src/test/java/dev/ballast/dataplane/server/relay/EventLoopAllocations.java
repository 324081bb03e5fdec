package dev.ballast.dataplane.server.relay;

import com.sun.management.ThreadMXBean;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.stream.LongStream;

/** Measures the bytes that event loops allocate while they relay. */
final class EventLoopAllocations {

  /** Messages, each with an answer. */
  static final int MESSAGES = 25_000;

  /** Bytes for one reader. */
  static final int BULK = 256 * 1024 * 1024;

  private static final long WARM_UP_NANOS = 3_000_000_000L;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** The traffic to relay. */
  enum Load {
    /** {@link #MESSAGES} over one connection. */
    MESSAGES {
      @Override
      long measure(RelayFixture relay) throws Exception {
        try (TestBackend backend = TestBackend.echo()) {
          relay.serve(backend);
          Socket client = relay.connect();
          client.setTcpNoDelay(true);
          warmUp(() -> exchange(client, EventLoopAllocations.MESSAGES / 5));
          long before = allocated();
          exchange(client, EventLoopAllocations.MESSAGES);
          return allocated() - before;
        }
      }
    },
    /** {@link #BULK} to a reader with a small buffer, so that bytes always wait to be sent. */
    BULK {
      @Override
      long measure(RelayFixture relay) throws Exception {
        try (TestBackend backend = TestBackend.of(EventLoopAllocations::writeForever);
            Socket client = new Socket()) {
          relay.serve(backend);
          client.setReceiveBufferSize(16 * 1024);
          client.connect(new InetSocketAddress(relay.address, relay.port));
          client.getOutputStream().write('?');
          warmUp(() -> readBytes(client, EventLoopAllocations.BULK / 16));
          long before = allocated();
          readBytes(client, EventLoopAllocations.BULK);
          return allocated() - before;
        }
      }
    },
    /** {@link #MESSAGES} of one flow. */
    DATAGRAMS {
      @Override
      long measure(RelayFixture relay) throws Exception {
        try (UdpBackend backend = UdpBackend.named("")) {
          relay.apply(
              relay.server(
                  RelayFixture.WEB,
                  RelayFixture.POLICY,
                  UdpTest.udp(relay.port, backend.endpoint(RelayFixture.READY))));
          try (UdpClient client = UdpClient.of(relay)) {
            warmUp(() -> ask(client, EventLoopAllocations.MESSAGES / 5));
            long before = allocated();
            ask(client, EventLoopAllocations.MESSAGES);
            return allocated() - before;
          }
        }
      }
    };

    abstract long measure(RelayFixture relay) throws Exception;
  }

  static long of(Load load, TestedEngine by) throws Exception {
    try (RelayFixture relay = by.relay()) {
      return load.measure(relay);
    }
  }

  /** Prints the result for a load. */
  public static void main(String[] arguments) throws Exception {
    System.out.println(of(Load.valueOf(arguments[0]), TestedEngine.EPOLL));
  }

  private interface Work {
    void run() throws IOException;
  }

  /** Long enough for periodic tasks to run, and for all classes to load. */
  private static void warmUp(Work work) throws IOException {
    for (long start = System.nanoTime(); System.nanoTime() - start < WARM_UP_NANOS; ) {
      work.run();
    }
  }

  private static void exchange(Socket client, int messages) throws IOException {
    OutputStream out = client.getOutputStream();
    var in = new DataInputStream(client.getInputStream());
    byte[] message = new byte[100];
    for (int i = 0; i < messages; i++) {
      out.write(message);
      in.readFully(message);
    }
  }

  private static void writeForever(Socket connection) throws IOException {
    if (connection.getInputStream().read() >= 0) {
      byte[] piece = new byte[64 * 1024];
      while (true) {
        connection.getOutputStream().write(piece);
      }
    }
  }

  private static void readBytes(Socket client, int bytes) throws IOException {
    var in = new DataInputStream(client.getInputStream());
    byte[] buffer = new byte[16 * 1024];
    for (int received = 0; received < bytes; received += buffer.length) {
      in.readFully(buffer);
    }
  }

  private static void ask(UdpClient client, int messages) throws IOException {
    for (int i = 0; i < messages; i++) {
      client.ask("hello");
    }
  }

  private static long allocated() {
    long[] loops =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("vert.x-eventloop"))
            .mapToLong(Thread::threadId)
            .toArray();
    return LongStream.of(loops).map(THREADS::getThreadAllocatedBytes).sum();
  }

  private EventLoopAllocations() {}
}
