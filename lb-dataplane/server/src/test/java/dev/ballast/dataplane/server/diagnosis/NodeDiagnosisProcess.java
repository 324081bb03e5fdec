package dev.ballast.dataplane.server.diagnosis;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.announce.SteeredNodeProcess;
import dev.ballast.dataplane.server.steering.Steering;
import dev.ballast.dataplane.server.steering.SteeringSetting;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * A node that serves port 8080 of its addresses and examines itself: reads a command a line, prints
 * a result a line. Its arguments are the mode of the steering and the setting of the firewall.
 */
final class NodeDiagnosisProcess {

  private static final Duration PERIOD = Duration.ofMillis(100);

  private final Announcer announcer;
  private final NodeDiagnosis diagnosis;

  /** How often the diagnosis has begun to look. */
  private final AtomicLong looks;

  private NodeDiagnosisProcess(Announcer announcer, NodeDiagnosis diagnosis, AtomicLong looks) {
    this.announcer = announcer;
    this.diagnosis = diagnosis;
    this.looks = looks;
  }

  public static void main(String[] args) throws Exception {
    PrintStream answers = System.out;
    // The log, which would look like an answer.
    System.setOut(System.err);
    Steering steering = SteeredNodeProcess.start(args[0]);
    Announcer announcer = Announcer.kernel(Optional.empty(), Duration.ZERO, steering);
    announcer.activate();
    steering.activate();
    var looks = new AtomicLong();
    NodeDiagnosis diagnosis =
        NodeDiagnosis.start(
            counting(announcer, looks),
            steering,
            SteeringSetting.AUTO,
            FirewallSetting.valueOf(args[1]),
            PERIOD);
    diagnosis.setActive(true);
    var process = new NodeDiagnosisProcess(announcer, diagnosis, looks);
    answers.println("started");
    var lines = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      answers.println(process.answer(line.split(" ", -1)));
    }
  }

  /** Each look asks once for the subnets. */
  private static Announcer counting(Announcer announcer, AtomicLong looks) {
    return (Announcer)
        Proxy.newProxyInstance(
            Announcer.class.getClassLoader(),
            new Class<?>[] {Announcer.class},
            (_, method, arguments) -> {
              if (method.getName().equals("onLinkInterfaces")) {
                looks.incrementAndGet();
              }
              return method.invoke(announcer, arguments);
            });
  }

  private String answer(String[] command) throws InterruptedException {
    return switch (command[0]) {
      case "acquire" -> announcer.acquire(InetAddress.ofLiteral(command[1]), false).toString();
      case "findings" -> findings();
      case "remove-rules" -> {
        diagnosis.removeFirewallRules();
        yield "removing";
      }
      default -> throw new IllegalArgumentException(command[0]);
    };
  }

  /** Of a look that has begun after this call, separated by tabs. */
  private String findings() throws InterruptedException {
    // The next look may have begun before. The one after it is over when a third one begins.
    long end = looks.get() + 3;
    while (looks.get() < end) {
      Thread.sleep(10);
    }
    return diagnosis.findings().stream()
        .map(it -> "%s: %s | %s".formatted(it.reason().reason(), it.message(), it.remedy()))
        .collect(Collectors.joining("\t"));
  }
}
