package dev.ballast.dataplane.server.announce;

import dev.ballast.dataplane.core.address.AnnouncePolicy;
import dev.ballast.dataplane.server.steering.Steering;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;

/**
 * An announcer in a process of its own: reads a command a line, and prints a result a line. Its
 * arguments are the time of a probe in milliseconds, and the configured interface or {@code -}.
 */
final class AnnouncerProcess {

  private final Announcer announcer;
  private final AtomicInteger changes = new AtomicInteger();

  private AnnouncerProcess(Announcer announcer) {
    this.announcer = announcer;
  }

  public static void main(String[] args) throws Exception {
    run(args, Steering.none());
  }

  static void run(String[] args, Steering steering) throws Exception {
    PrintStream answers = System.out;
    // The log, which would look like an answer.
    System.setOut(System.err);
    Duration probe = Duration.ofMillis(args.length == 0 ? 0 : Long.parseLong(args[0]));
    Optional<String> configured =
        args.length < 2 || args[1].equals("-") ? Optional.empty() : Optional.of(args[1]);
    var process = new AnnouncerProcess(Announcer.kernel(configured, probe, steering));
    process.announcer.activate();
    steering.activate();
    process.announcer.onChange(() -> {}, process.changes::incrementAndGet);
    answers.println("started");
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      answers.println(process.answer(line.split(" ", -1)));
    }
  }

  private String answer(String[] command) {
    return switch (command[0]) {
      case "acquire" -> announcer.acquire(ip(command[1]), false).toString();
      case "acquire-anywhere" -> announcer.acquire(ip(command[1]), true).toString();
      case "on-link" -> String.valueOf(announcer.isOnLink(ip(command[1])));
      case "restored" -> String.valueOf(announcer.restoredRoutes());
      case "changes" -> String.valueOf(changes.get());
      case "probe" -> {
        Set<InetAddress> innocent =
            Arrays.stream(command).skip(2).map(InetAddress::ofLiteral).collect(Collectors.toSet());
        announcer.probe(Map.of(ip(command[1]), innocent));
        yield "probing";
      }
      case "nodes" -> {
        announcer.setNodeAddresses(Map.of(ip(command[1]), command[2]));
        yield "set";
      }
      case "release" -> {
        var unused = announcer.releaseAllExcept(Set.of());
        yield "released";
      }
      case "retain" -> {
        var unused = announcer.releaseAllExcept(Set.of(ip(command[1])));
        yield "retained";
      }
      case "interfaces" -> {
        announcer.setPolicies(
            address ->
                new AnnouncePolicy(
                    "lan", Optional.empty(), Set.of(), List.of(command[1].split(",", -1))));
        yield "set";
      }
      case "withdraw" -> {
        announcer.withdraw(ip(command[1]));
        yield "withdrawn";
      }
      case "stop" -> {
        announcer.stopAnnouncing();
        yield "stopped";
      }
      case "close" -> {
        announcer.close();
        yield "closed";
      }
      default -> throw new IllegalArgumentException(command[0]);
    };
  }

  private static InetAddress ip(String literal) {
    return InetAddress.ofLiteral(literal);
  }
}
