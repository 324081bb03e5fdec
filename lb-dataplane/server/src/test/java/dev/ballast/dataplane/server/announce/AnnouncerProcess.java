package dev.ballast.dataplane.server.announce;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** An announcer in a process of its own: reads a command a line, and prints a result a line. */
final class AnnouncerProcess {

  public static void main(String[] args) throws Exception {
    Duration probe = Duration.ofMillis(args.length == 0 ? 0 : Long.parseLong(args[0]));
    Announcer announcer = Announcer.kernel(Optional.empty(), probe);
    System.out.println("started");
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] command = line.split(" ", 2);
      String answer =
          switch (command[0]) {
            case "acquire" -> announcer.acquire(InetAddress.ofLiteral(command[1]), true).toString();
            case "probe" -> {
              announcer.probe(Map.of(InetAddress.ofLiteral(command[1]), Set.of()));
              yield "probing";
            }
            case "nodes" -> {
              announcer.setNodeAddresses(Map.of(InetAddress.ofLiteral(command[1]), "n2"));
              yield "set";
            }
            case "release" -> {
              announcer.releaseAllExcept(Set.of());
              yield "released";
            }
            case "retain" -> {
              announcer.releaseAllExcept(Set.of(InetAddress.ofLiteral(command[1])));
              yield "retained";
            }
            case "stop" -> {
              announcer.stopAnnouncing();
              yield "stopped";
            }
            case "close" -> {
              announcer.close();
              yield "closed";
            }
            default -> throw new IllegalArgumentException(line);
          };
      System.out.println(answer);
    }
  }

  private AnnouncerProcess() {}
}
