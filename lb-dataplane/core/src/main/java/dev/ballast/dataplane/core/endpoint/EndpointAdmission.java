package dev.ballast.dataplane.core.endpoint;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Decides which endpoints may get connections. A person who may write EndpointSlices of one
 * namespace could otherwise reach what only the data plane reaches: the node's own services, the
 * metadata service of a cloud, or the data plane itself.
 *
 * @param isLoadBalancerAddress whether a Service of the cluster has the address
 * @param isNodeAddress whether a node has the address
 * @param podsOnly whether an endpoint has to name a Pod of the Service's namespace
 */
public record EndpointAdmission(
    Predicate<InetAddress> isLoadBalancerAddress,
    Predicate<InetAddress> isNodeAddress,
    boolean podsOnly) {

  private static final InetAddress BROADCAST = InetAddress.ofLiteral("255.255.255.255");

  /** The endpoints that may get connections, and the others. Both keep the order. */
  public record AdmittedEndpoints(List<Endpoint> admitted, List<RefusedEndpoint> refused) {}

  /** An endpoint that gets no connections. */
  public record RefusedEndpoint(Endpoint endpoint, EndpointRefusal reason) {}

  public AdmittedEndpoints admit(List<Endpoint> endpoints) {
    List<Endpoint> admitted = new ArrayList<>(endpoints.size());
    List<RefusedEndpoint> refused = new ArrayList<>();
    for (Endpoint endpoint : endpoints) {
      refusalOf(endpoint)
          .ifPresentOrElse(
              reason -> refused.add(new RefusedEndpoint(endpoint, reason)),
              () -> admitted.add(endpoint));
    }
    return new AdmittedEndpoints(List.copyOf(admitted), List.copyOf(refused));
  }

  private Optional<EndpointRefusal> refusalOf(Endpoint endpoint) {
    InetAddress address = endpoint.address();
    boolean isPod = !endpoint.pod().isEmpty();
    if (isSpecial(address)) {
      return Optional.of(EndpointRefusal.SPECIAL_ADDRESS);
    }
    if (isLoadBalancerAddress.test(address)) {
      return Optional.of(EndpointRefusal.LOAD_BALANCER_ADDRESS);
    }
    if (!isPod && isNodeAddress.test(address)) {
      return Optional.of(EndpointRefusal.NODE_ADDRESS);
    }
    return !isPod && podsOnly ? Optional.of(EndpointRefusal.NO_POD) : Optional.empty();
  }

  private static boolean isSpecial(InetAddress address) {
    return address.isLoopbackAddress()
        || address.isLinkLocalAddress()
        || address.isMulticastAddress()
        || address.isAnyLocalAddress()
        || address.equals(BROADCAST);
  }
}
