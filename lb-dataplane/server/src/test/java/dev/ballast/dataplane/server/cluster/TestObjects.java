package dev.ballast.dataplane.server.cluster;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressSpec;
import dev.ballast.api.v1alpha1.FrontendSpec;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.LoadBalancerSpec;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.api.v1alpha1.ServiceClaim;
import dev.ballast.dataplane.core.endpoint.EndpointAdmission;
import dev.ballast.dataplane.core.plan.ServiceKey;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Objects as the operator and the endpoint slice controller write them. */
public final class TestObjects {

  public static final String SERVICE_LABEL = EndpointSliceParser.SERVICE_LABEL;

  /** No address is special because of another object. */
  public static final EndpointAdmission ANY_ENDPOINT =
      new EndpointAdmission(address -> false, address -> false, false);

  /** As the watch of node {@code self} parses it. */
  public static LoadBalancerConfig parse(LoadBalancer object, String self) {
    return LoadBalancerConfigParser.parse(object, self);
  }

  public static EndpointSliceSnapshot parse(ServiceKey service, EndpointSlice slice) {
    return EndpointSliceParser.parse(service, slice);
  }

  /** As another node keeps the report. */
  public static NodeReport summarize(NodeReport report) {
    return LoadBalancerConfigParser.summarize(report);
  }

  public static LoadBalancer loadBalancer(String namespace, String name, String... addresses) {
    var object = new LoadBalancer();
    object.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(namespace)
            .withName(name)
            .withUid("uid-of-" + name)
            .withResourceVersion("10")
            .withGeneration(1L)
            .build());
    object.setSpec(
        new LoadBalancerSpec(
            List.of(addresses),
            List.of(new FrontendSpec("http", 80, "TCP")),
            null,
            null,
            List.of(),
            null,
            null,
            null));
    return object;
  }

  /** The Address that binds an IP address to Services of a namespace. */
  public static Address address(String ip, String namespace, String... services) {
    byte[] bytes = InetAddress.ofLiteral(ip).getAddress();
    var object = new Address();
    object.setMetadata(
        new ObjectMetaBuilder()
            .withName(
                bytes.length == 4
                    ? ip
                    : IntStream.range(0, 8)
                        .map(i -> (bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff)
                        .mapToObj(Integer::toHexString)
                        .collect(Collectors.joining("-")))
            .build());
    object.setSpec(
        new AddressSpec(
            ip,
            "pool",
            Arrays.stream(services)
                .map(name -> new ServiceClaim(namespace, name, "uid-of-" + name, null, List.of()))
                .toList(),
            null));
    return object;
  }

  /** A slice with port http 8080 and ready endpoints. */
  public static EndpointSlice slice(
      String namespace, String service, String name, String... addresses) {
    return new EndpointSliceBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .addToLabels(SERVICE_LABEL, service)
        .withResourceVersion("10")
        .endMetadata()
        .withAddressType(addresses.length > 0 && addresses[0].contains(":") ? "IPv6" : "IPv4")
        .addNewPort()
        .withName("http")
        .withPort(8080)
        .withProtocol("TCP")
        .endPort()
        .withEndpoints(
            Arrays.stream(addresses)
                .map(
                    address ->
                        new EndpointBuilder()
                            .withAddresses(address)
                            .withNewConditions()
                            .withReady(true)
                            .endConditions()
                            .build())
                .toList())
        .build();
  }

  static EndpointSlice at(EndpointSlice slice, long version) {
    return slice
        .edit()
        .editMetadata()
        .withResourceVersion(String.valueOf(version))
        .endMetadata()
        .build();
  }

  private TestObjects() {}
}
