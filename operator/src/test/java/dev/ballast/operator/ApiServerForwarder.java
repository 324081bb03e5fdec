package dev.ballast.operator;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** TCP forwarder to the API server that a test can interrupt, or that can hold back responses. */
final class ApiServerForwarder implements AutoCloseable {

  private final InetSocketAddress apiServer;
  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private volatile boolean cut;
  private boolean held;

  ApiServerForwarder(String apiServerUrl) throws IOException {
    URI url = URI.create(apiServerUrl);
    apiServer = new InetSocketAddress(url.getHost(), url.getPort());
    listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
    threads.submit(this::accept);
  }

  String url() {
    return "https://127.0.0.1:" + listener.getLocalPort();
  }

  /** Closes all connections, and new ones at once. */
  void cut() {
    cut = true;
    open.forEach(ApiServerForwarder::close);
  }

  void restore() {
    cut = false;
  }

  /** Forwards requests, and holds back responses. */
  void holdResponses(boolean hold) {
    lock.lock();
    try {
      held = hold;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private Void accept() throws IOException {
    while (true) {
      Socket client = listener.accept();
      if (cut) {
        close(client);
        continue;
      }
      Socket server = new Socket();
      open.add(client);
      open.add(server);
      try {
        server.connect(apiServer);
        threads.submit(() -> forward(client, server, false));
        threads.submit(() -> forward(server, client, true));
      } catch (IOException e) {
        close(client);
      }
    }
  }

  private Void forward(Socket from, Socket to, boolean holdable) throws InterruptedException {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[16 * 1024];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        if (holdable) {
          awaitReleased();
        }
        out.write(buffer, 0, n);
      }
    } catch (IOException e) {
      // Either side closed the connection, or the forwarder was interrupted.
    } finally {
      open.remove(from);
      open.remove(to);
    }
    return null;
  }

  private void awaitReleased() throws InterruptedException {
    lock.lock();
    try {
      while (held) {
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Nothing more can be done to close it.
    }
  }

  @Override
  public void close() throws IOException {
    holdResponses(false);
    listener.close();
    cut();
    threads.close();
  }
}
