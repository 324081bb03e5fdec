package dev.ballast.e2e.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/** The figures, for a person and for a program. */
record Report(List<Sample> samples, int warmUp, Machine machine) {

  void print() {
    System.out.printf("%d Services, one after another, on %s%n", samples.size(), machine);
    System.out.println("create -> LoadBalancer       " + program());
    System.out.println("create -> a node's report    " + nodeReport());
    System.out.println("create -> status published   " + status());
    System.out.println("create -> first HTTP 200     " + first200());
    System.out.println("connections that failed before the first 200: " + failedAttempts());
  }

  void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("status_ms", status());
    json.put("first_200_ms", first200());
    json.put("program_ms", program());
    json.put("report_ms", nodeReport());
    json.put("services", samples.size());
    json.put("warm_up_services", warmUp);
    json.put("failed_attempts", failedAttempts());
    json.put("clock", "from before the create request is sent, seen by a client outside");
    json.put("at", Instant.now().toString());
    json.put("machine", machine);
    new ObjectMapper()
        .enable(SerializationFeature.INDENT_OUTPUT)
        .writeValue(folder.resolve("apply.json").toFile(), json);
    StringBuilder raw =
        new StringBuilder("service,program_ms,report_ms,status_ms,first_200_ms,failed_attempts\n");
    for (Sample sample : samples) {
      raw.append(
          "%s,%.3f,%.3f,%.3f,%.3f,%d%n"
              .formatted(
                  sample.service(),
                  sample.programNanos() / 1e6,
                  sample.reportNanos() / 1e6,
                  sample.statusNanos() / 1e6,
                  sample.first200Nanos() / 1e6,
                  sample.failedAttempts()));
    }
    Files.writeString(folder.resolve("apply-samples.csv"), raw);
    System.out.println("written to " + folder.resolve("apply.json") + " and apply-samples.csv");
  }

  private Quantiles program() {
    return quantiles(Sample::programNanos);
  }

  private Quantiles nodeReport() {
    return quantiles(Sample::reportNanos);
  }

  private Quantiles status() {
    return quantiles(Sample::statusNanos);
  }

  private Quantiles first200() {
    return quantiles(Sample::first200Nanos);
  }

  private Quantiles quantiles(ToLongFunction<Sample> time) {
    return Quantiles.ofNanos(samples.stream().mapToLong(time));
  }

  private int failedAttempts() {
    return samples.stream().mapToInt(Sample::failedAttempts).sum();
  }
}
