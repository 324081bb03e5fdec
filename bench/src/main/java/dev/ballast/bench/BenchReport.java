package dev.ballast.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The figures, as text for a person and as JSON for a program. */
record BenchReport(List<Sample> samples, int warmUp, MachineInfo machineInfo) {

  void print() {
    System.out.printf("%d Services, one after another, on %s%n", samples.size(), machineInfo);
    stages()
        .forEach(
            stage ->
                System.out.println("create -> %-18s".formatted(stage.text) + quantiles(stage)));
    System.out.println("connections that failed before the first 200: " + failedAttempts());
  }

  /** Into this file, and each Service into a table beside it. */
  void write(Path file) throws IOException {
    Path table = Path.of(file.toString().replaceFirst("\\.json$", "") + "-samples.csv");
    Files.createDirectories(file.toAbsolutePath().getParent());
    Map<String, Object> json = new LinkedHashMap<>();
    stages().forEach(stage -> json.put(stage.column(), quantiles(stage)));
    json.put("services", samples.size());
    json.put("warm_up_services", warmUp);
    json.put("failed_attempts", failedAttempts());
    json.put("clock", "from before the create request is sent, seen by a client outside");
    json.put("at", Instant.now().toString());
    json.put("machine", machineInfo);
    new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), json);
    StringBuilder raw = new StringBuilder("service");
    stages().forEach(stage -> raw.append(',').append(stage.column()));
    raw.append(",failed_attempts\n");
    for (Sample sample : samples) {
      raw.append(sample.service());
      sample.nanos().values().forEach(nanos -> raw.append(",%.3f".formatted(nanos / 1e6)));
      raw.append(",%d%n".formatted(sample.failedAttempts()));
    }
    Files.writeString(table, raw);
    System.out.println("written to " + file + " and " + table.getFileName());
  }

  private Set<Stage> stages() {
    return samples.getFirst().nanos().keySet();
  }

  private Quantiles quantiles(Stage stage) {
    return Quantiles.ofNanos(samples.stream().mapToLong(sample -> sample.nanos().get(stage)));
  }

  private int failedAttempts() {
    return samples.stream().mapToInt(Sample::failedAttempts).sum();
  }
}
