package dev.ballast.dataplane.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** A backend in a process of its own: prints its port, and echoes what it receives. */
public final class EchoBackend {

  public static void main(String[] args) throws IOException {
    try (ServerSocket listener = new ServerSocket(0, 4096, InetAddress.ofLiteral("127.0.0.1"))) {
      System.out.println(listener.getLocalPort());
      while (true) {
        Socket connection = listener.accept();
        Thread.ofVirtual().start(() -> serve(connection));
      }
    }
  }

  private static void serve(Socket connection) {
    try (connection) {
      byte[] buffer = new byte[1024]; // there may be ten thousand
      for (int read = 0; read >= 0; read = connection.getInputStream().read(buffer)) {
        connection.getOutputStream().write(buffer, 0, read);
      }
    } catch (IOException e) {
      // Reset, as checks end.
    }
  }

  private EchoBackend() {}
}
