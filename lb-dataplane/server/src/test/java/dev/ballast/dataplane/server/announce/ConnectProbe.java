package dev.ballast.dataplane.server.announce;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * Connects to each address that it reads from its input, one a line with an optional port (8080).
 * Prints the answer.
 */
public final class ConnectProbe {

  public static void main(String[] args) throws Exception {
    System.out.println("calling");
    var lines = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      System.out.println(connect(line));
    }
  }

  private static String connect(String line) {
    String[] fields = line.split(" ", 2);
    int port = fields.length > 1 ? Integer.parseInt(fields[1]) : 8080;
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.ofLiteral(fields[0]), port), 4000);
      socket.setSoTimeout(4000);
      return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)).readLine();
    } catch (IOException e) {
      return "failed: " + e.getMessage();
    }
  }

  private ConnectProbe() {}
}
