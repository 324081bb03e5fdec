package dev.ballast.operator.service.status;

import dev.ballast.api.v1alpha1.FrontendReport;
import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.LoadBalancerIngressBuilder;
import io.fabric8.kubernetes.api.model.PortStatus;
import io.fabric8.kubernetes.api.model.PortStatusBuilder;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** Ports that cannot be served, as the ingress of a Service's status lists them (KEP-1435). */
final class PortErrors {

  /** For a port of which the node gives no reason. */
  private static final String NOT_LISTENING = "NotListening";

  /** Lists the ports only where one of them has an error. */
  static LoadBalancerIngress ingress(LoadBalancerState.Announcement announcement) {
    List<PortStatus> ports =
        announcement.hasPortErrors()
            ? announcement.ports().stream().map(PortErrors::portStatus).toList()
            : List.of();
    return new LoadBalancerIngressBuilder()
        .withIp(announcement.address())
        .withIpMode("Proxy")
        .withPorts(ports)
        .build();
  }

  private static PortStatus portStatus(FrontendReport port) {
    return new PortStatusBuilder()
        .withPort(port.port())
        .withProtocol(port.protocol())
        .withError(port.listening() ? null : "ballast.dev/" + reason(port))
        .build();
  }

  /** One sentence for each port that cannot be served. */
  static String message(List<LoadBalancerState.Announcement> announcements) {
    return announcements.stream()
        .flatMap(announcement -> announcement.ports().stream())
        .filter(port -> !port.listening())
        .map(
            port ->
                "Port %d/%s: %s"
                    .formatted(
                        port.port(),
                        port.protocol(),
                        Objects.requireNonNullElse(port.message(), reason(port))))
        .distinct()
        .collect(Collectors.joining(" "));
  }

  private static String reason(FrontendReport port) {
    return Objects.requireNonNullElse(port.reason(), NOT_LISTENING);
  }

  private PortErrors() {}
}
