package dev.ballast.dataplane.server.announce;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Sends its name to every client of port 8080, at one address or all. */
public final class ServeHostnameProcess {

  public static void main(String[] args) throws Exception {
    try (var server = new ServerSocket()) {
      server.setReuseAddress(true);
      server.bind(new InetSocketAddress(args.length > 1 ? args[1] : "::", 8080));
      System.out.println("greeting");
      while (true) {
        try (Socket client = server.accept()) {
          client.getOutputStream().write((args[0] + "\n").getBytes(UTF_8));
        } catch (IOException e) {
          System.out.println("gone: " + e.getMessage()); // A health check: connected, and reset.
        }
      }
    }
  }

  private ServeHostnameProcess() {}
}
