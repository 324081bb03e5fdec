package dev.ballast.dataplane.server;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.ballast.dataplane.core.admission.ProcessLimits;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** Reads what the operating system allows this process. */
final class ProcessLimitsReader {

  private static final Path LOCAL_PORT_RANGE = Path.of("/proc/sys/net/ipv4/ip_local_port_range");

  /** The default of Linux, for a host without /proc. */
  private static final String DEFAULT_RANGE = "32768\t60999";

  static ProcessLimits read() {
    return new ProcessLimits(
        descriptors(), Runtime.getRuntime().maxMemory(), localPorts(localPortRange()));
  }

  /** The soft limit. The JVM raises it to the hard limit when it starts. */
  private static long descriptors() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getMaxFileDescriptorCount()
        : Long.MAX_VALUE;
  }

  /** With one read: the kernel gives the second read of such a file nothing. */
  private static String localPortRange() {
    try (BufferedReader reader = Files.newBufferedReader(LOCAL_PORT_RANGE)) {
      return Objects.requireNonNullElse(reader.readLine(), DEFAULT_RANGE);
    } catch (IOException e) {
      return DEFAULT_RANGE;
    }
  }

  /** The number of ports in a range of two ports, such as {@code 32768 60999}. */
  static int localPorts(String range) {
    String[] ports = range.strip().split("\\s+", 2);
    return Integer.parseInt(ports[1]) - Integer.parseInt(ports[0]) + 1;
  }

  private ProcessLimitsReader() {}
}
