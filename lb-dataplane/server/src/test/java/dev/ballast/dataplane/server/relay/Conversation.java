package dev.ballast.dataplane.server.relay;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The random behavior of the two ends of a connection, by a seed: both write at once, pieces of any
 * size, with pauses, slow reading, and different endings. Each end checks every byte.
 */
final class Conversation {

  private static final int OF_CLIENT = 1;
  private static final int OF_BACKEND = 2;

  /** How the writing of one end ends. */
  enum Ending {
    FIN,
    RST
  }

  private final long seed;

  /** How the client's writing ends. */
  private final Ending ending;

  Conversation(long seed, Ending ending) {
    this.seed = seed;
    this.ending = ending;
  }

  /** Bytes that this end writes, without the eight that the client begins with. */
  static long length(long seed, boolean ofClient) {
    SplittableRandom random = script(seed, ofClient);
    long sum = 0;
    for (int pieces = pieces(random); pieces > 0; pieces--) {
      sum += piece(random);
      var unused = pause(random);
    }
    return sum;
  }

  /** The client's end. Returns the number of received bytes. */
  long ask(Socket socket) throws Exception {
    socket.setTcpNoDelay(true);
    long first = ending == Ending.FIN ? seed : -1 - seed;
    socket.getOutputStream().write(ByteBuffer.allocate(Long.BYTES).putLong(first).array());
    return exchange(socket, true, ending);
  }

  /** The backend's end; does nothing when the connection is a health check. */
  static void answer(Socket socket) throws Exception {
    socket.setTcpNoDelay(true);
    byte[] first = socket.getInputStream().readNBytes(Long.BYTES);
    if (first.length == Long.BYTES) {
      long seed = ByteBuffer.wrap(first).getLong();
      Conversation conversation =
          seed >= 0 ? new Conversation(seed, Ending.FIN) : new Conversation(-1 - seed, Ending.RST);
      var unused = conversation.exchange(socket, false, Ending.FIN);
    }
  }

  private long exchange(Socket socket, boolean client, Ending mine) throws Exception {
    CompletableFuture<Long> came = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                came.complete(read(socket, !client));
              } catch (Throwable e) {
                came.completeExceptionally(e);
              }
            });
    try {
      write(socket, client, mine);
    } catch (SocketException e) {
      // The other end has reset; the bytes before that are checked all the same.
    }
    try {
      return came.get(60, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new AssertionError("conversation " + seed + (client ? ", client" : ", backend"), e);
    }
  }

  private void write(Socket socket, boolean client, Ending mine) throws IOException {
    SplittableRandom script = script(seed, client);
    SplittableRandom bytes = bytes(seed, client);
    OutputStream out = socket.getOutputStream();
    byte[] buffer = new byte[200_000];
    for (int pieces = pieces(script); pieces > 0; pieces--) {
      int piece = piece(script);
      for (int i = 0; i < piece; i++) {
        buffer[i] = (byte) bytes.nextInt();
      }
      out.write(buffer, 0, piece);
      LockSupport.parkNanos(pause(script));
    }
    switch (mine) {
      case FIN -> socket.shutdownOutput();
      case RST -> {
        socket.setSoLinger(true, 0);
        socket.close();
      }
    }
  }

  /** Reads to the end and compares, byte by byte. */
  private long read(Socket socket, boolean ofClient) throws IOException {
    SplittableRandom bytes = bytes(seed, ofClient);
    SplittableRandom speed = new SplittableRandom(seed * 7 + (ofClient ? 1 : 0));
    boolean slow = speed.nextInt(4) == 0;
    byte[] buffer = new byte[slow ? 20_000 : 100_000];
    long total = 0;
    try {
      InputStream in = socket.getInputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        for (int i = 0; i < n; i++) {
          byte expected = (byte) bytes.nextInt();
          if (buffer[i] != expected) {
            throw new AssertionError("byte %d is wrong".formatted(total + i));
          }
        }
        total += n;
        if (slow && speed.nextInt(3) == 0) {
          LockSupport.parkNanos(speed.nextInt(3_000_000));
        }
      }
    } catch (SocketException e) {
      return -1 - total; // reset
    }
    if (ending == Ending.FIN && total != length(seed, ofClient)) {
      throw new EOFException("ended after %d of %d bytes".formatted(total, length(seed, ofClient)));
    }
    return total;
  }

  private static SplittableRandom script(long seed, boolean ofClient) {
    return new SplittableRandom(seed * 31 + (ofClient ? OF_CLIENT : OF_BACKEND));
  }

  private static SplittableRandom bytes(long seed, boolean ofClient) {
    return new SplittableRandom(seed * 131 + (ofClient ? OF_CLIENT : OF_BACKEND));
  }

  private static int pieces(SplittableRandom random) {
    return random.nextInt(24);
  }

  private static int piece(SplittableRandom random) {
    return switch (random.nextInt(4)) {
      case 0 -> 1;
      case 1 -> 1 + random.nextInt(100);
      case 2 -> 1 + random.nextInt(5_000);
      default -> 1 + random.nextInt(199_999);
    };
  }

  /** In nanoseconds. */
  private static int pause(SplittableRandom random) {
    return random.nextInt(3) == 0 ? random.nextInt(2_000_000) : 0;
  }
}
