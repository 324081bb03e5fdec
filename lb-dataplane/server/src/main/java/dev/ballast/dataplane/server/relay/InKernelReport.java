package dev.ballast.dataplane.server.relay;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says once which engine carries TCP, and why: in the log, and as {@code ballast_relay_engine},
 * always 1, with the labels {@code engine} ({@code sockmap}, {@code userspace}) and {@code why}.
 */
final class InKernelReport {

  private static final Logger LOG = LoggerFactory.getLogger(InKernelReport.class);

  static void of(InKernel.Outcome outcome, InKernel asked, MeterRegistry metrics) {
    switch (outcome) {
      case InKernel.Outcome.Possible possible -> {
        gauge(metrics, "sockmap", "a trial of it has passed");
        LOG.info("The kernel moves the bytes of long connections: a trial of it has passed");
      }
      case InKernel.Outcome.Impossible(String why) -> {
        gauge(metrics, "userspace", why);
        if (asked.wanted()) {
          LOG.atWarn()
              .addKeyValue("why", why)
              .log(
                  "The kernel cannot move bytes by itself, so the process does: all works, at more"
                      + " CPU a byte. It needs Linux 6.6 with BTF, and the capabilities BPF,"
                      + " PERFMON and NET_ADMIN; BALLAST_RELAY=userspace does not try");
        }
      }
    }
  }

  private static void gauge(MeterRegistry metrics, String engine, String why) {
    Gauge.builder("ballast.relay.engine", () -> 1)
        .tag("engine", engine)
        .tag("why", why)
        .register(metrics);
  }

  private InKernelReport() {}
}
