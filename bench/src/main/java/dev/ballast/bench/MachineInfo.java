package dev.ballast.bench;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The machine and the versions that the figures were measured on. */
record MachineInfo(
    int cpus,
    String cpu,
    long memoryMib,
    String kernel,
    String java,
    String kubernetes,
    int nodes) {

  static MachineInfo of(KubernetesClient client) throws IOException {
    return new MachineInfo(
        Runtime.getRuntime().availableProcessors(),
        field("/proc/cpuinfo", "model name"),
        Long.parseLong(field("/proc/meminfo", "MemTotal").replaceAll("\\D", "")) / 1024,
        System.getProperty("os.version"),
        Runtime.version().toString(),
        client.getKubernetesVersion().getGitVersion(),
        client.nodes().list().getItems().size());
  }

  private static String field(String file, String name) throws IOException {
    try (var lines = Files.lines(Path.of(file))) {
      return lines
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("0");
    }
  }
}
