package dev.ballast.dataplane.server.heartbeat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * {@code ./dev bench simulation}: what heartbeats cost in large clusters, and how fast they are.
 */
final class SimulationBench {

  private static final Duration WARM_UP = Duration.ofSeconds(15);
  private static final Duration STEADY = Duration.ofSeconds(10);
  private static final int DEATHS = 5;

  /**
   * The figures of one cluster. The processor time has the simulated network in it, and no system
   * calls.
   */
  record Figures(
      int nodes,
      double loss,
      double datagramsPerSecond,
      double bytesPerSecond,
      double cpuMillisPerSecond,
      double agreedP50Millis,
      double agreedMaxMillis,
      long notAgreed,
      long falseDeaths) {

    private String json() {
      return String.format(
          Locale.ROOT,
          "{\"nodes\":%d,\"loss\":%.2f,\"datagrams_s\":%.1f,\"bytes_s\":%.0f,\"cpu_ms_s\":%.3f,"
              + "\"agreed_ms\":{\"p50\":%.0f,\"max\":%.0f},\"not_agreed\":%d,\"false_deaths\":%d}",
          nodes,
          loss,
          datagramsPerSecond,
          bytesPerSecond,
          cpuMillisPerSecond,
          agreedP50Millis,
          agreedMaxMillis,
          notAgreed,
          falseDeaths);
    }
  }

  private SimulationBench() {}

  /**
   * Measures, and writes the figures.
   *
   * @param arguments the file for the figures
   */
  public static void main(String[] arguments) throws IOException {
    List<String> json = new ArrayList<>();
    System.out.println(
        "nodes  loss  datagrams/s  bytes/s  CPU ms/s  agreed p50 ms  max ms  false deaths");
    for (int nodes : List.of(50, 100, 1000)) {
      for (double loss : List.of(0.0, 0.05)) {
        Figures figures = measure(nodes, loss, DEATHS);
        json.add(figures.json());
        System.out.printf(
            Locale.ROOT,
            "%5d %4.0f%% %12.1f %8.0f %9.3f %14.0f %7.0f %13d%s%n",
            nodes,
            loss * 100,
            figures.datagramsPerSecond,
            figures.bytesPerSecond,
            figures.cpuMillisPerSecond,
            figures.agreedP50Millis,
            figures.agreedMaxMillis,
            figures.falseDeaths,
            figures.notAgreed == 0 ? "" : "  " + figures.notAgreed + " did not agree");
      }
    }
    Files.writeString(Path.of(arguments[0]), "[" + String.join(",\n", json) + "]\n");
  }

  /** Of each node: what it sends in a second. Of all nodes: when they know of a death. */
  static Figures measure(int nodes, double loss, int deaths) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    var simulation = new ClusterSimulation(nodes, loss, nodes);
    simulation.run(WARM_UP);
    long datagrams = simulation.datagrams();
    long bytes = simulation.bytes();
    long cpu = threads.getCurrentThreadCpuTime();
    simulation.run(STEADY);
    double each = nodes * (double) STEADY.toSeconds();
    double cpuMillis = (threads.getCurrentThreadCpuTime() - cpu) / 1e6 / each;
    double datagramsPerSecond = (simulation.datagrams() - datagrams) / each;
    double bytesPerSecond = (simulation.bytes() - bytes) / each;
    long falseDeaths = simulation.deaths();
    List<Double> all = new ArrayList<>();
    long notAgreed = 0;
    for (String victim : simulation.some(deaths)) {
      List<Double> known = simulation.death(victim, Duration.ofSeconds(3));
      notAgreed += nodes - 1 - known.size();
      all.addAll(known);
      simulation.resume(victim);
      simulation.run(Duration.ofSeconds(3));
      falseDeaths += simulation.deaths();
    }
    all.sort(null);
    return new Figures(
        nodes,
        loss,
        datagramsPerSecond,
        bytesPerSecond,
        cpuMillis,
        all.isEmpty() ? 0 : all.get(all.size() / 2),
        all.isEmpty() ? 0 : all.getLast(),
        notAgreed,
        falseDeaths);
  }
}
