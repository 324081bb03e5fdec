package dev.ballast.dataplane.server.status;

import dev.ballast.api.v1alpha1.BackendReport;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.EndpointAdmission.RefusedEndpoint;
import dev.ballast.dataplane.core.endpoint.EndpointRefusal;
import dev.ballast.dataplane.server.relay.backend.BackendStatus;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a node reports on the backends of a Service. */
final class BackendReports {

  static BackendReport of(BackendStatus backend) {
    return report(
        backend.endpoint(),
        switch (backend.state()) {
          case HEALTHY -> "Healthy";
          case UNHEALTHY -> BackendReport.UNHEALTHY;
          case NOT_READY -> "NotReady";
          case DRAINING -> "Draining";
        },
        nullIfEmpty(backend.message()));
  }

  /**
   * One entry for all endpoints that get no connections: the first one, with their number. A slice
   * may have a thousand of them.
   */
  static Optional<BackendReport> refused(List<RefusedEndpoint> endpoints) {
    return endpoints.stream()
        .findFirst()
        .map(
            first ->
                report(first.endpoint(), BackendReport.REFUSED, message(endpoints.size(), first)));
  }

  private static String message(int count, RefusedEndpoint first) {
    Endpoint endpoint = first.endpoint();
    String text =
        NetUtil.toSocketAddressString(new InetSocketAddress(endpoint.address(), endpoint.port()));
    return (count == 1
            ? "The endpoint %s is refused.".formatted(text)
            : "%d endpoints are refused, and %s is the first one.".formatted(count, text))
        + cause(first.reason());
  }

  private static String cause(EndpointRefusal reason) {
    return switch (reason) {
      case LOAD_BALANCER_ADDRESS ->
          " It is an address of a load balancer, so connections could go in circles."
              + " List the Pods in the EndpointSlice instead.";
      case SPECIAL_ADDRESS ->
          " Loopback, link-local, multicast and unspecified addresses are not backends."
              + " Correct the EndpointSlice.";
      case NODE_ADDRESS ->
          " It is the address of a node, and the endpoint names no Pod."
              + " Select Pods in the Service, or set targetRef to a Pod of its namespace.";
      case NO_POD ->
          " It names no Pod of the namespace, and the Helm value dataplane.endpoints is podsOnly."
              + " Select Pods in the Service.";
    };
  }

  private static BackendReport report(Endpoint endpoint, String state, @Nullable String message) {
    return new BackendReport(
        NetUtil.toAddressString(endpoint.address()),
        endpoint.port(),
        nullIfEmpty(endpoint.pod()),
        nullIfEmpty(endpoint.node()),
        state,
        message);
  }

  private static @Nullable String nullIfEmpty(String text) {
    return text.isEmpty() ? null : text;
  }

  private BackendReports() {}
}
