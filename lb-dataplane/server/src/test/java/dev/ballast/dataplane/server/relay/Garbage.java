package dev.ballast.dataplane.server.relay;

import com.sun.management.ThreadMXBean;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.stream.LongStream;

/** What event loops allocate while they carry bytes, in bytes. */
final class Garbage {

  /** So many, each there and back. */
  static final int MESSAGES = 25_000;

  /** Bytes for one reader. */
  static final int BULK = 256 * 1024 * 1024;

  private static final long WARM_UP_NANOS = 3_000_000_000L;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** What is carried. */
  enum Load {
    /** {@link #MESSAGES} over one connection. */
    MESSAGES {
      @Override
      long measure(Rig rig) throws Exception {
        try (TestBackend backend = TestBackend.echo()) {
          rig.serve(backend);
          Socket client = rig.connect();
          client.setTcpNoDelay(true);
          warmUp(() -> exchange(client, Garbage.MESSAGES / 5));
          long before = allocated();
          exchange(client, Garbage.MESSAGES);
          return allocated() - before;
        }
      }
    },
    /** {@link #BULK} to a reader with so little room that there is always something unsent. */
    BULK {
      @Override
      long measure(Rig rig) throws Exception {
        try (TestBackend backend = TestBackend.of(Garbage::pour);
            Socket client = new Socket()) {
          rig.serve(backend);
          client.setReceiveBufferSize(16 * 1024);
          client.connect(new InetSocketAddress(rig.address, rig.port));
          client.getOutputStream().write('?');
          warmUp(() -> drink(client, Garbage.BULK / 16));
          long before = allocated();
          drink(client, Garbage.BULK);
          return allocated() - before;
        }
      }
    },
    /** {@link #MESSAGES} of one flow. */
    DATAGRAMS {
      @Override
      long measure(Rig rig) throws Exception {
        try (UdpBackend backend = UdpBackend.named("")) {
          rig.apply(
              rig.server(Rig.WEB, Rig.POLICY, UdpTest.udp(rig.port, backend.endpoint(Rig.READY))));
          try (UdpClient client = UdpClient.of(rig)) {
            warmUp(() -> ask(client, Garbage.MESSAGES / 5));
            long before = allocated();
            ask(client, Garbage.MESSAGES);
            return allocated() - before;
          }
        }
      }
    };

    abstract long measure(Rig rig) throws Exception;
  }

  static long of(Load load) throws Exception {
    try (Rig rig = new Rig()) {
      return load.measure(rig);
    }
  }

  /** Prints it, for a load. */
  public static void main(String[] arguments) throws Exception {
    System.out.println(of(Load.valueOf(arguments[0])));
  }

  private interface Work {
    void run() throws IOException;
  }

  /** Until what happens now and then has happened, and has loaded its classes. */
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

  private static void pour(Socket connection) throws IOException {
    if (connection.getInputStream().read() >= 0) {
      byte[] piece = new byte[64 * 1024];
      while (true) {
        connection.getOutputStream().write(piece);
      }
    }
  }

  private static void drink(Socket client, int bytes) throws IOException {
    var in = new DataInputStream(client.getInputStream());
    byte[] sip = new byte[16 * 1024];
    for (int drunk = 0; drunk < bytes; drunk += sip.length) {
      in.readFully(sip);
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

  private Garbage() {}
}
