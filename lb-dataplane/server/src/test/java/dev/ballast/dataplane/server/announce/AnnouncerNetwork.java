package dev.ballast.dataplane.server.announce;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A {@link NetworkNamespace} and its processes, for one test. */
public final class AnnouncerNetwork implements BeforeEachCallback, AfterEachCallback {

  private final List<Process> processes = new CopyOnWriteArrayList<>();
  public NetworkNamespace lan;

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    assumeTrue(NetworkNamespace.isRoot(), "network namespaces are made by root only");
    lan = new NetworkNamespace();
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
    processes.clear();
    if (lan != null) {
      lan.remove();
      lan = null;
    }
  }

  LineProcess announcer(String... arguments) throws IOException {
    return process(lan.java(AnnouncerProcess.class, arguments), "started");
  }

  /**
   * An announcer whose tables refuse all ports but 8080 of the test's addresses, and silence the
   * kernel's own ARP answers.
   *
   * @param mode tproxy, with a server of port 8080; or bind, without one
   */
  public LineProcess steeredNode(String mode, String... arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of(mode));
    all.addAll(List.of(arguments));
    return process(lan.java(SteeredNodeProcess.class, all.toArray(String[]::new)), "started");
  }

  public LineProcess process(Process process, String greeting) {
    processes.add(process);
    return LineProcess.with(process, greeting);
  }

  /** A process of the neighbor that connects, and a server on the node of the announcer. */
  LineProcess connectProbe() throws IOException {
    process(lan.java(ServeHostnameProcess.class, "first"), "greeting");
    return prober();
  }

  /** A process of the neighbor that connects. */
  public LineProcess prober() throws IOException {
    return process(lan.javaAtNeighbor(ConnectProbe.class), "calling");
  }

  /** Every ARP packet that reaches the neighbor, which asks first for an address. */
  List<String> capture(String... ask) throws IOException {
    Process process = lan.javaAtNeighbor(ArpCapture.class, ask);
    process(process, "listening");
    List<String> captured = new CopyOnWriteArrayList<>();
    Thread.ofVirtual().start(() -> read(process, captured));
    return captured;
  }

  private static void read(Process process, List<String> lines) {
    try {
      var reader = process.inputReader(UTF_8);
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(line);
      }
    } catch (IOException e) {
      lines.add("ended: " + e.getMessage());
    }
  }

  void sysctl(String name, int value) throws Exception {
    lan.runInside("sysctl", "-qw", "net.ipv4.conf." + name + "=" + value);
  }

  void forgetNeighbors() throws Exception {
    lan.ipAtNeighbor("neigh", "flush", "dev", "eth0");
  }

  String localRoutes() throws Exception {
    return lan.ipInside("route", "show", "table", "local")
        + lan.ipInside("-6", "route", "show", "table", "local");
  }

  public void acquire(LineProcess announcer, String address) {
    awaitResult(announcer, address, "Acquired[]");
  }

  void awaitResult(LineProcess announcer, String address, String expected) {
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(
            () -> assertThat(announcer.request("acquire " + address)).contains(expected));
  }
}
