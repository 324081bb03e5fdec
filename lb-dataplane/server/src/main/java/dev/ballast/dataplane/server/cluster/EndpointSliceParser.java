package dev.ballast.dataplane.server.cluster;

import static java.util.Objects.requireNonNullElse;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.TopologyHints;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.core.plan.ServiceKey;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointConditions;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointHints;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.ForNode;
import io.fabric8.kubernetes.api.model.discovery.v1.ForZone;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Parses EndpointSlices. Absent conditions get the values that the API documentation defines. */
final class EndpointSliceParser {

  static final String SERVICE_LABEL = "kubernetes.io/service-name";

  /** The Service whose endpoints the slice lists; empty for a slice of something else. */
  static Optional<ServiceKey> serviceOf(EndpointSlice slice) {
    Map<String, String> labels = slice.getMetadata().getLabels();
    String name = labels == null ? null : labels.get(SERVICE_LABEL);
    return name == null || name.isEmpty()
        ? Optional.empty()
        : Optional.of(new ServiceKey(slice.getMetadata().getNamespace(), name));
  }

  static EndpointSliceSnapshot parse(ServiceKey service, EndpointSlice slice) {
    Map<EndpointSliceSnapshot.EndpointPort, List<Endpoint>> endpoints = new HashMap<>();
    for (EndpointPort port : orEmpty(slice.getPorts())) {
      Optional<Protocol> protocol = protocol(port.getProtocol());
      if (port.getPort() != null && protocol.isPresent()) {
        var key =
            new EndpointSliceSnapshot.EndpointPort(
                requireNonNullElse(port.getName(), ""), protocol.orElseThrow());
        endpoints.put(key, endpoints(slice, port.getPort()));
      }
    }
    return new EndpointSliceSnapshot(service, endpoints);
  }

  private static List<Endpoint> endpoints(EndpointSlice slice, int port) {
    if ("FQDN".equals(slice.getAddressType())) {
      return List.of();
    }
    List<Endpoint> endpoints = new ArrayList<>();
    for (var endpoint : orEmpty(slice.getEndpoints())) {
      // The API documentation tells consumers to use the first address only.
      List<String> addresses = orEmpty(endpoint.getAddresses());
      if (addresses.isEmpty()) {
        continue;
      }
      address(addresses.getFirst())
          .ifPresent(
              address ->
                  endpoints.add(
                      new Endpoint(
                          address,
                          port,
                          pod(slice, endpoint),
                          requireNonNullElse(endpoint.getNodeName(), ""),
                          conditions(endpoint.getConditions()),
                          hints(endpoint.getHints()))));
    }
    return List.copyOf(endpoints);
  }

  /** Without a ready Pod the API server writes {@code ports: null} and {@code endpoints: null}. */
  private static <T> List<T> orEmpty(@Nullable List<T> list) {
    return requireNonNullElse(list, List.of());
  }

  /** Empty if the text is not an address. Names of FQDN slices are never resolved. */
  private static Optional<InetAddress> address(String text) {
    try {
      return Optional.of(InetAddress.ofLiteral(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** A Pod of another namespace is no Pod of the Service. */
  private static String pod(
      EndpointSlice slice, io.fabric8.kubernetes.api.model.discovery.v1.Endpoint endpoint) {
    var target = endpoint.getTargetRef();
    String namespace = slice.getMetadata().getNamespace();
    return target != null
            && "Pod".equals(target.getKind())
            && target.getName() != null
            && requireNonNullElse(target.getNamespace(), namespace).equals(namespace)
        ? target.getName()
        : "";
  }

  private static Endpoint.EndpointConditions conditions(@Nullable EndpointConditions conditions) {
    if (conditions == null) {
      return new Endpoint.EndpointConditions(true, true, false);
    }
    boolean ready = requireNonNullElse(conditions.getReady(), true);
    return new Endpoint.EndpointConditions(
        ready,
        requireNonNullElse(conditions.getServing(), ready),
        requireNonNullElse(conditions.getTerminating(), false));
  }

  private static TopologyHints hints(@Nullable EndpointHints hints) {
    return hints == null
        ? TopologyHints.NONE
        : new TopologyHints(
            names(hints.getForNodes(), ForNode::getName),
            names(hints.getForZones(), ForZone::getName));
  }

  private static <T> Set<String> names(@Nullable List<T> hints, Function<T, String> name) {
    return orEmpty(hints).stream().map(name).collect(Collectors.toUnmodifiableSet());
  }

  private static Optional<Protocol> protocol(@Nullable String text) {
    return switch (requireNonNullElse(text, "TCP")) {
      case "TCP" -> Optional.of(Protocol.TCP);
      case "UDP" -> Optional.of(Protocol.UDP);
      case "SCTP" -> Optional.of(Protocol.SCTP);
      default -> Optional.empty();
    };
  }

  private EndpointSliceParser() {}
}
