package dev.ballast.dataplane.server.admin;

import dev.ballast.logging.LogKeys;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the admin server listens. While an update has two processes on the node, the admin port is
 * the one of the process that serves, so that other nodes and the kubelet ask that one. The other
 * process has one of the ports after it. Only the process itself and its container reach the Unix
 * socket.
 */
public final class AdminListeners {

  private static final Logger log = LoggerFactory.getLogger(AdminListeners.class);

  private static final long TIMEOUT_SECONDS = 10;
  private static final long RETRY_MILLIS = 1000;

  /** One process that serves, and two that drain. */
  private static final int PROCESSES = 3;

  private final Vertx vertx;
  private final DataPlaneAdminServer adminServer;
  private final String host;
  private final int port;
  private @Nullable HttpServer listening;
  private boolean active;
  private volatile boolean onAdminPort;

  /**
   * @param watched whose event loops must run
   * @param port of the process that serves; zero: any, also for other processes
   */
  public AdminListeners(
      Vertx vertx,
      List<Vertx> watched,
      String host,
      int port,
      PrometheusMeterRegistry metrics,
      ProcessHealth health) {
    this.vertx = vertx;
    this.adminServer = new DataPlaneAdminServer(vertx, watched, metrics, health);
    this.host = host;
    this.port = port;
  }

  /** Listens on a Unix socket, if there is one. */
  public void listenOn(Optional<String> unixSocket) throws IOException {
    if (unixSocket.isPresent()) {
      // An earlier process of this container leaves the file when it is killed.
      Files.deleteIfExists(Path.of(unixSocket.get()));
      var unused = await(adminServer.listen(SocketAddress.domainSocketAddress(unixSocket.get())));
    }
  }

  /**
   * Listens on the admin port.
   *
   * @return the port
   */
  public synchronized int listen() throws IOException {
    active = true;
    return listenOn(port);
  }

  /** Whether the admin port is of this process. Thread-safe. */
  public boolean isOnAdminPort() {
    return onAdminPort;
  }

  private int listenOn(int number) throws IOException {
    HttpServer next = await(adminServer.listen(SocketAddress.inetSocketAddress(number, host)));
    close();
    listening = next;
    onAdminPort = active;
    return next.actualPort();
  }

  private void close() throws IOException {
    HttpServer before = listening;
    listening = null;
    onAdminPort = false;
    if (before != null) {
      var unused = await(before.close());
    }
  }

  /** Listens on the admin port as soon as the process that had it lets it go. */
  public synchronized void listenOnAdminPort() {
    active = true;
    if (!tryListen(port)) {
      log.atWarn()
          .addKeyValue(LogKeys.ADDRESS, host + ":" + port)
          .log(
              "Cannot listen for metrics and health, retrying. Another process has the port. Find it (ss -ltnp), and end it");
      retryLater();
    }
  }

  private void retryLater() {
    var unused = vertx.setTimer(RETRY_MILLIS, id -> vertx.executeBlocking(this::retry));
  }

  private synchronized boolean retry() {
    boolean done = !active || tryListen(port);
    if (!done) {
      retryLater();
    }
    return done;
  }

  /** Lets the admin port go, and listens on the first free one after it. */
  public synchronized void leaveAdminPort() {
    active = false;
    try {
      close();
    } catch (IOException e) {
      log.debug("Cannot close the admin port: {}", e.getMessage());
    }
    for (int i = 1; i < PROCESSES; i++) {
      if (tryListen(port == 0 ? 0 : port + i)) {
        return;
      }
    }
    log.warn("Cannot listen for the metrics of this process. The ports after {} are in use", port);
  }

  private boolean tryListen(int number) {
    try {
      int actual = listenOn(number);
      log.info("Metrics and health are on {}:{}", host, actual);
      return true;
    } catch (IOException e) {
      log.debug("Cannot listen on {}:{}: {}", host, number, e.getMessage());
      return false;
    }
  }

  private static <T> T await(Future<T> future) throws IOException {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException("the event loops do not respond", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
