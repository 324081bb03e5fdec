package dev.ballast.dataplane.server.reachability;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.OperatingSystemMXBean;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.announce.OnLinkSource;
import dev.ballast.dataplane.server.steering.Steering;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A node that checks addresses of other nodes: reads a command a line, prints a result a line. */
final class ReachabilityProcess {

  private final Announcer announcer;
  private final PacketReachabilityProbe probe = new PacketReachabilityProbe();
  private CompletableFuture<ReachabilityResult> started = new CompletableFuture<>();

  private ReachabilityProcess(Announcer announcer) {
    this.announcer = announcer;
  }

  public static void main(String[] args) throws Exception {
    PrintStream answers = System.out;
    // The log, which would look like an answer.
    System.setOut(System.err);
    var process =
        new ReachabilityProcess(Announcer.kernel(Optional.empty(), Duration.ZERO, Steering.none()));
    answers.println("started");
    var lines = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      answers.println(process.answerOrFailure(line.split(" ", -1)));
    }
  }

  /** An interface that has just come up has no carrier for a moment, and the test asks again. */
  private String answerOrFailure(String[] command) {
    try {
      return answer(command);
    } catch (NoSuchElementException e) {
      return "no interface has the address";
    }
  }

  private String answer(String[] command) {
    return switch (command[0]) {
      case "check" -> check(target(command)).join().toString();
      case "check-many" -> count(checkMany(target(command), Integer.parseInt(command[3])));
      case "check-all" -> count(checkAll(command));
      case "start" -> {
        started = check(target(command));
        yield "started";
      }
      case "result" -> started.join().toString();
      case "frames" -> String.valueOf(probe.receivedFrames());
      case "threads" -> threads();
      case "cpu" -> String.valueOf(microsOfCheck(target(command), Integer.parseInt(command[3])));
      case "check-and-close" -> {
        CompletableFuture<ReachabilityResult> result = check(target(command));
        probe.close();
        yield result.join().toString();
      }
      default -> throw new IllegalArgumentException(command[0]);
    };
  }

  private ProbeTarget target(String[] command) {
    return target(command[1], command[2]);
  }

  private ProbeTarget target(String literal, String port) {
    InetAddress address = InetAddress.ofLiteral(literal);
    OnLinkSource source = announcer.onLinkSource(address).orElseThrow();
    return new ProbeTarget(
        address,
        port.equals("-") ? OptionalInt.empty() : OptionalInt.of(Integer.parseInt(port)),
        source);
  }

  private CompletableFuture<ReachabilityResult> check(ProbeTarget target) {
    var result = new CompletableFuture<ReachabilityResult>();
    probe.check(target, result::complete);
    return result;
  }

  private List<ReachabilityResult> checkMany(ProbeTarget target, int count) {
    List<CompletableFuture<ReachabilityResult>> results = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      results.add(check(target));
    }
    return results.stream().map(CompletableFuture::join).toList();
  }

  /** Checks all addresses that follow the port, at the same time. */
  private List<ReachabilityResult> checkAll(String[] command) {
    List<CompletableFuture<ReachabilityResult>> results = new ArrayList<>();
    for (int i = 2; i < command.length; i++) {
      results.add(check(target(command[i], command[1])));
    }
    return results.stream().map(CompletableFuture::join).toList();
  }

  private static String count(List<ReachabilityResult> results) {
    Map<String, Long> counts =
        results.stream()
            .map(result -> result.getClass().getSimpleName())
            .collect(
                Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
    return counts.toString();
  }

  private static String threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("reachability"))
        .sorted()
        .toList()
        .toString();
  }

  /** CPU time of this process, with that of the kernel on its behalf. */
  private double microsOfCheck(ProbeTarget target, int count) {
    checkMany(target, count); // So that the compiler has had its turn.
    var process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long before = process.getProcessCpuTime();
    checkMany(target, count);
    return (process.getProcessCpuTime() - before) / 1000.0 / count;
  }
}
