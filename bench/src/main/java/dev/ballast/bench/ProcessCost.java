package dev.ballast.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * CPU time and memory of processes since they started, as the kernel counts them.
 *
 * @param cpuSeconds user and system
 * @param peakRssMb the largest resident set that each had, added up
 */
record ProcessCost(double cpuSeconds, long peakRssMb) {

  private static final double TICKS_A_SECOND = 100;

  static ProcessCost of(List<Long> pids) throws IOException {
    double seconds = 0;
    long kib = 0;
    for (long pid : pids) {
      Path process = Path.of("/proc", Long.toString(pid));
      String stat = Files.readString(process.resolve("stat"));
      // The name in the second field may hold blanks.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      seconds += (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_A_SECOND;
      kib +=
          Files.readAllLines(process.resolve("status")).stream()
              .filter(line -> line.startsWith("VmHWM:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .sum();
    }
    return new ProcessCost(seconds, kib / 1024);
  }
}
