package dev.ballast.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Measures how fast many Services get their addresses, and what that costs. Adds a section to a
 * JSON file, beside those of other runs.
 *
 * <p>The first and the last thousand are created separately, so that the two can be compared. With
 * two thousand or fewer, all are created at once.
 */
public final class IpamBench {

  private static final int BLOCK = 1000;

  /** What the benchmark, the data plane and the cluster's own controllers write. */
  private static final Set<String> OTHERS =
      Set.of(
          "POST services",
          "DELETE services",
          "POST namespaces",
          "PATCH loadbalancers/status",
          "APPLY loadbalancers/status");

  private IpamBench() {}

  /**
   * Measures, prints, writes.
   *
   * @param args the section's name; the namespace; how many Services; how many to make before,
   *     which are deleted and do not count; how many requests to create are under way at a time;
   *     the class of the Services, or blank; whether to report as a node does, {@code fake}, or
   *     {@code real}, or {@code nobody} to create the Services without a load balancer; the file;
   *     the kinds whose writes count, comma-separated; the processes that are measured
   */
  public static void main(String[] args)
      throws IOException, InterruptedException, ExecutionException {
    String section = args[0];
    String namespace = args[1];
    int services = Integer.parseInt(args[2]);
    int warmUp = Integer.parseInt(args[3]);
    int creators = Integer.parseInt(args[4]);
    List<String> counted = List.of(args[8].split(",", -1));
    List<Long> pids = Arrays.stream(args).skip(9).map(Long::valueOf).toList();
    try (KubernetesClient client = new KubernetesClientBuilder().build();
        FirstObservation<Service> publications = StageObservations.publications(client, namespace);
        @Nullable SimulatedNode _ =
            args[6].equals("fake") ? new SimulatedNode(client, Duration.ZERO) : null) {
      BulkCreation bulkCreation =
          new BulkCreation(client, publications, namespace, args[5], creators);
      if (warmUp > 0) {
        System.out.printf("%s: warm-up, %d Services that do not count%n", section, warmUp);
        bulkCreation.run("warm-up-", 0, warmUp);
        bulkCreation.undo();
      }
      Map<String, Object> figures =
          args[6].equals("nobody")
              ? making(bulkCreation, services)
              : Run.of(client, bulkCreation, services, pids).figures(counted);
      figures.put("services_at_a_time", creators);
      figures.put("machine", MachineInfo.of(client));
      figures.forEach((what, figure) -> System.out.printf("%s: %s %s%n", section, what, figure));
      add(Path.of(args[7]), section, figures);
      if (!args[6].equals("fake")) {
        bulkCreation.undo();
      }
    }
  }

  private static Map<String, Object> making(BulkCreation bulkCreation, int services)
      throws InterruptedException, ExecutionException {
    List<Double> seconds = new ArrayList<>();
    int from = 0;
    for (int to : ends(services)) {
      seconds.add(bulkCreation.make("bench-", from, to).nanos() / 1e9);
      from = to;
    }
    double all = seconds.stream().mapToDouble(Double::doubleValue).sum();
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("services", services);
    figures.put("create_seconds", round(all));
    figures.put("services_per_second", round(services / all));
    if (seconds.size() == 3) {
      compare(figures, seconds.getFirst(), seconds.getLast());
    }
    return figures;
  }

  /** Of the parts of a run. */
  private static List<Integer> ends(int services) {
    return services <= 2 * BLOCK ? List.of(services) : List.of(BLOCK, services - BLOCK, services);
  }

  private static void compare(Map<String, Object> figures, double first, double last) {
    figures.put("first_1000_s", round(first));
    figures.put("last_1000_s", round(last));
    figures.put("last_by_first", round(last / first));
  }

  private static double round(double figure) {
    return Math.round(figure * 100) / 100.0;
  }

  private static void add(Path file, String section, Map<String, Object> figures)
      throws IOException {
    ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    Map<String, Object> all = new LinkedHashMap<>();
    if (Files.exists(file)) {
      json.readTree(file.toFile()).properties().forEach(e -> all.put(e.getKey(), e.getValue()));
    }
    all.put(section, figures);
    Files.createDirectories(file.toAbsolutePath().getParent());
    json.writeValue(file.toFile(), all);
    System.out.println("written to " + file);
  }

  /** One measured part of a run. */
  private record Part(BulkCreation.BulkResult bulkResult, ProcessCost cost) {}

  private record Run(List<Part> parts, ProcessCost before, ApiWriteCounts writes) {

    static Run of(KubernetesClient client, BulkCreation bulkCreation, int services, List<Long> pids)
        throws IOException, InterruptedException, ExecutionException {
      ApiWriteCounts writesBefore = ApiWriteCounts.now(client);
      ProcessCost before = ProcessCost.of(pids);
      List<Part> parts = new ArrayList<>();
      int from = 0;
      for (int to : ends(services)) {
        BulkCreation.BulkResult bulkResult = bulkCreation.run("bench-", from, to);
        settle(client);
        parts.add(new Part(bulkResult, ProcessCost.of(pids)));
        from = to;
      }
      return new Run(parts, before, ApiWriteCounts.now(client).since(writesBefore, OTHERS));
    }

    /** Events and counts follow the addresses; they are part of the price. */
    private static void settle(KubernetesClient client) throws InterruptedException {
      long before = -1;
      for (long now = ApiWriteCounts.now(client).total();
          now - before > 20;
          now = ApiWriteCounts.now(client).total()) {
        before = now;
        Thread.sleep(1000);
      }
    }

    Map<String, Object> figures(List<String> counted) {
      long[] each = sorted(parts.stream().flatMap(part -> part.bulkResult().eachNanos().stream()));
      double seconds = parts.stream().mapToDouble(part -> part.bulkResult().allNanos() / 1e9).sum();
      double creating =
          parts.stream().mapToDouble(part -> part.bulkResult().createNanos() / 1e9).sum();
      ProcessCost after = parts.getLast().cost();
      Map<String, Long> ours = new LinkedHashMap<>();
      writes.counts().entrySet().stream()
          .filter(write -> counted.contains(write.getKey().split("[ /]", -1)[1]))
          .forEach(write -> ours.put(write.getKey(), write.getValue()));
      Map<String, Object> figures = new LinkedHashMap<>();
      figures.put("services", each.length);
      figures.put("seconds", round(seconds));
      figures.put("services_per_second", round(each.length / seconds));
      figures.put("create_seconds", round(creating));
      figures.put("seconds_by_create_seconds", round(seconds / creating));
      figures.put("p50_ms", Quantiles.rank(each, 0.50));
      figures.put("p99_ms", Quantiles.rank(each, 0.99));
      figures.put("max_ms", Quantiles.rank(each, 1));
      figures.put("cpu_s", round(after.cpuSeconds() - before.cpuSeconds()));
      figures.put("rss_mb", after.peakRssMb());
      figures.put(
          "writes_per_service",
          round(ours.values().stream().mapToLong(Long::longValue).sum() / (double) each.length));
      figures.put("writes", ours);
      if (parts.size() == 3) {
        comparison(figures);
      }
      figures.put("at", Instant.now().toString());
      return figures;
    }

    private void comparison(Map<String, Object> figures) {
      double first = parts.getFirst().bulkResult().allNanos() / 1e9;
      double last = parts.getLast().bulkResult().allNanos() / 1e9;
      compare(figures, first, last);
      double firstCpu = parts.getFirst().cost().cpuSeconds() - before.cpuSeconds();
      double lastCpu = parts.get(2).cost().cpuSeconds() - parts.get(1).cost().cpuSeconds();
      figures.put("first_1000_cpu_s", round(firstCpu));
      figures.put("last_1000_cpu_s", round(lastCpu));
      figures.put(
          "p99_ms_of_parts",
          parts.stream()
              .map(part -> Quantiles.rank(sorted(part.bulkResult().eachNanos().stream()), 0.99))
              .toList());
    }

    private static long[] sorted(Stream<Long> nanos) {
      return nanos.mapToLong(Long::longValue).sorted().toArray();
    }
  }
}
