package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.server.relay.Script.Ending;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The two ends of one connection, which run a script. */
record ConnectionEnds(Script script, End client, End server) {

  private static final int TIMEOUT_MILLIS = 20_000;

  /** One end, and its result. */
  static final class End {
    private final Script script;
    private final boolean isClient;
    private final Script.End plan;
    private final Socket socket;
    private final CountDownLatch hasRead = new CountDownLatch(1);
    private int got;
    private boolean sawFin;
    private @Nullable String difference;
    private @Nullable IOException sending;
    private @Nullable IOException receiving;

    private End(Script script, boolean isClient, Script.End plan, Socket socket) {
      this.script = script;
      this.isClient = isClient;
      this.plan = plan;
      this.socket = socket;
    }

    private void send(End to) throws InterruptedException {
      try {
        OutputStream out = socket.getOutputStream();
        for (int sent = 0; sent < plan.length(); ) {
          byte[] next = new byte[Math.min(plan.maxWrite(), plan.length() - sent)];
          for (int i = 0; i < next.length; i++) {
            next[i] = script.at(isClient, sent + i);
          }
          out.write(next);
          sent += next.length;
        }
        if (plan.ending() != Ending.RESET) {
          socket.shutdownOutput();
        }
        if (plan.ending() == Ending.FIN_THEN_RESET) {
          to.hasRead.await();
        }
        if (plan.ending() != Ending.FIN) {
          ByteStreamTest.reset(socket);
        }
      } catch (IOException e) {
        sending = e;
      }
    }

    private void receive() throws InterruptedException {
      try {
        InputStream in = socket.getInputStream();
        byte[] buffer = new byte[plan.maxRead()];
        boolean stalled = false;
        for (int n = 0; n >= 0; n = in.read(buffer)) {
          if (!stalled && got + n >= plan.stallsAt()) {
            stalled = true;
            TimeUnit.MILLISECONDS.sleep(plan.stallMillis());
          }
          for (int i = 0; i < n; i++) {
            if (buffer[i] != script.at(!isClient, got + i)) {
              difference = "byte " + (got + i) + " is another one";
              return;
            }
          }
          got += n;
        }
        sawFin = true;
      } catch (IOException e) {
        receiving = e;
      } finally {
        hasRead.countDown();
      }
    }

    /** The difference from the script; null: none. */
    private @Nullable String differenceTo(End other) {
      if (difference != null) {
        return difference;
      }
      if (!script.endsByReset()) {
        return sending == null && receiving == null && got == other.plan.length()
            ? null
            : "got " + got + ", sending: " + sending + ", receiving: " + receiving;
      }
      if (receiving != null && !(receiving instanceof SocketException)) {
        return "neither a byte nor an end came after " + got + ": " + receiving;
      }
      // The kernel reports a reset once: after send(2) has failed, read(2) returns the end.
      if (sawFin && sending == null && !plan.ending().equals(Ending.RESET)) {
        if (other.plan.ending() == Ending.RESET) {
          return "FIN where there was a reset, after " + got;
        }
        return got == other.plan.length() ? null : "FIN after " + got;
      }
      return null;
    }
  }

  static ConnectionEnds of(Script script, Socket client, Socket server) throws SocketException {
    client.setSoTimeout(TIMEOUT_MILLIS);
    server.setSoTimeout(TIMEOUT_MILLIS);
    return new ConnectionEnds(
        script,
        new End(script, true, script.clientSide(), client),
        new End(script, false, script.backendSide(), server));
  }

  /** Runs the script to its end; returns the differences. */
  List<String> play(Executor threads) throws Exception {
    CompletableFuture.allOf(
            run(threads, () -> client.send(server)),
            run(threads, () -> server.send(client)),
            run(threads, client::receive),
            run(threads, server::receive))
        .get(60, TimeUnit.SECONDS);
    List<String> wrong = new ArrayList<>();
    String atClient = client.differenceTo(server);
    String atServer = server.differenceTo(client);
    if (atClient != null) {
      wrong.add(script + ", at the client: " + atClient);
    }
    if (atServer != null) {
      wrong.add(script + ", at the backend: " + atServer);
    }
    return wrong;
  }

  private interface Part {
    void play() throws InterruptedException;
  }

  private static CompletableFuture<Void> run(Executor threads, Part part) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            part.play();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        },
        threads);
  }
}
