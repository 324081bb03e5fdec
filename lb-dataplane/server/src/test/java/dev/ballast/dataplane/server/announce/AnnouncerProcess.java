package dev.ballast.dataplane.server.announce;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** An announcer in a process of its own, told by lines what to do, answering each by a line. */
final class AnnouncerProcess {

  public static void main(String[] args) throws Exception {
    Duration probe = Duration.ofMillis(args.length == 0 ? 0 : Long.parseLong(args[0]));
    Announcer announcer = Announcer.kernel(Optional.empty(), probe);
    System.out.println("started");
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split(" ", 2);
      String answer =
          switch (words[0]) {
            case "take" -> announcer.acquire(InetAddress.ofLiteral(words[1])).toString();
            case "probe" -> {
              announcer.probe(Set.of(InetAddress.ofLiteral(words[1])));
              yield "asked";
            }
            case "nodes" -> {
              announcer.setNodeAddresses(Set.of(InetAddress.ofLiteral(words[1])));
              yield "known";
            }
            case "drop" -> {
              announcer.releaseAllExcept(Set.of());
              yield "dropped";
            }
            case "keep" -> {
              announcer.releaseAllExcept(Set.of(InetAddress.ofLiteral(words[1])));
              yield "kept";
            }
            case "hush" -> {
              announcer.stopAnnouncing();
              yield "hushed";
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
