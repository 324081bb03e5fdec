package dev.ballast.dataplane.server.sync;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.EndpointCandidates;
import dev.ballast.dataplane.core.endpoint.NodeLocality;
import dev.ballast.dataplane.core.endpoint.TopologyHints;
import dev.ballast.dataplane.core.plan.BindingTable;
import dev.ballast.dataplane.core.plan.ListenerOperation;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServerChanges;
import dev.ballast.dataplane.server.cluster.EndpointSliceSnapshot;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.cluster.TestObjects;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From the EndpointSlices of a Service to the endpoints that get a new connection. */
@Tag("feature:endpoints")
class ServiceEndpointsTest {

  private static final ServiceKey WEB = new ServiceKey("default", "web");

  /**
   * Slices are separated by a bar: address type, name and number of the port, endpoints with their
   * conditions ready, serving, terminating as letters; a letter that is missing is absent. What is
   * expected is separated by a bar, too: what stands behind each address.
   */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "ready endpoints only,"
        + " 198.18.100.7, IPv4 http:80 10.0.0.1=RS 10.0.0.2=r 10.0.0.3=rST, 10.0.0.1:80",
    "absent conditions mean ready," + " 198.18.100.7, IPv4 http:80 10.0.0.1=, 10.0.0.1:80",
    "none ready: endpoints that terminate and serve,"
        + " 198.18.100.7, IPv4 http:80 10.0.0.1=rST 10.0.0.2=rsT 10.0.0.3=rs, 10.0.0.1:80",
    "the same across slices,"
        + " 198.18.100.7, IPv4 http:80 10.0.0.1=rST|IPv4 http:80 10.0.0.2=RS, 10.0.0.2:80",
    "no endpoint serves: none," + " 198.18.100.7, IPv4 http:80 10.0.0.1=rsT 10.0.0.2=rs, ''",
    "not ready and serving without terminating: none,"
        + " 198.18.100.7, IPv4 http:80 10.0.0.1=rSt, ''",
    "no slice: none, 198.18.100.7, '', ''",
    "publishNotReadyAddresses: its slices say ready of Pods that are not,"
        + " 198.18.100.7, IPv4 http:80 10.0.0.1=Rs 10.0.0.2=RsT, 10.0.0.1:80 10.0.0.2:80",
    "a Pod in two slices counts once and as ready if either says so,"
        + " 198.18.100.7, IPv4 http:80 10.0.0.1=rs|IPv4 http:80 10.0.0.1=RS, 10.0.0.1:80",
    "a Pod in two slices counts as serving if either says so,"
        + " 198.18.100.7, IPv4 http:80 10.0.0.1=rST|IPv4 http:80 10.0.0.1=rsT, 10.0.0.1:80",
    "the same in the other order,"
        + " 198.18.100.7, IPv4 http:80 10.0.0.1=rsT|IPv4 http:80 10.0.0.1=rST, 10.0.0.1:80",
    "a named targetPort that differs between Pods,"
        + " 198.18.100.7, IPv4 http:80 10.0.0.1=RS|IPv4 http:8080 10.0.0.2=RS,"
        + " 10.0.0.1:80 10.0.0.2:8080",
    "a Pod that gets another targetPort is used by the one where it is ready,"
        + " 198.18.100.7, IPv4 http:80 10.0.0.1=rST|IPv4 http:8080 10.0.0.1=RS, 10.0.0.1:8080",
    "ports of other names are other ports,"
        + " 198.18.100.7, IPv4 metrics:9090 10.0.0.1=RS|IPv4 http:80 10.0.0.2=RS, 10.0.0.2:80",
    "dual-stack: an IPv4 address has IPv4 endpoints,"
        + " 198.18.100.7, IPv4 http:80 10.0.0.1=RS|IPv6 http:80 fd00::1=RS, 10.0.0.1:80",
    "dual-stack: an IPv6 address has IPv6 endpoints,"
        + " 2001:db8::7, IPv4 http:80 10.0.0.1=RS|IPv6 http:80 fd00::1=RS, [fd00::1]:80",
    "an IPv6 address of a Service with IPv4 endpoints only uses these,"
        + " 2001:db8::7, IPv4 http:80 10.0.0.1=RS, 10.0.0.1:80",
    "an IPv6 address while the IPv6 slice is still empty is served by IPv4 endpoints,"
        + " 2001:db8::7, IPv4 http:80 10.0.0.1=RS|IPv6 http:80, 10.0.0.1:80",
    "both addresses at one node each have their own family's endpoints,"
        + " 198.18.100.7 2001:db8::7, IPv4 http:80 10.0.0.1=RS|IPv6 http:80 fd00::1=RS,"
        + " 10.0.0.1:80|[fd00::1]:80",
    "both addresses at one node and one family of endpoints,"
        + " 198.18.100.7 2001:db8::7, IPv4 http:80 10.0.0.1=RS, 10.0.0.1:80|10.0.0.1:80",
    "names are never resolved even if they look like addresses,"
        + " 198.18.100.7, FQDN http:80 10.0.0.1=RS localhost=RS, ''",
    "names do not affect addresses,"
        + " 198.18.100.7, FQDN http:80 web.example=RS|IPv4 http:80 10.0.0.1=RS, 10.0.0.1:80",
  })
  void conditions_select_the_endpoints_for_new_connections(
      String what, String addresses, String slices, String expected) {
    // Given
    LoadBalancerConfig config =
        TestObjects.parse(TestObjects.loadBalancer("default", "web", addresses.split(" ")), "n1");
    List<EndpointSliceSnapshot> read =
        words(slices, "\\|").stream()
            .map(text -> TestObjects.parse(WEB, slice(text.split(" "))))
            .toList();

    // When
    DesiredState desiredState =
        DesiredState.of(
            List.of(config),
            Map.of(WEB, config.addresses()),
            new NodeLocality("n1", ""),
            TestObjects.ANY_ENDPOINT,
            id -> Optional.of(read));

    // Then
    assertThat(
            new BindingTable()
                .apply(new VirtualServerChanges(desiredState.servers(), Set.of()))
                .operations())
        .extracting(
            operation ->
                EndpointCandidates.of(
                        ((ListenerOperation.Open) operation).config().frontend().endpoints())
                    .stream()
                    .map(ServiceEndpointsTest::text)
                    .collect(joining(" ")))
        .containsExactly(expected.split("\\|"));
  }

  @Test
  void hints_for_nodes_and_zones_are_read() {
    // Given
    EndpointSlice hinted =
        slice("IPv4", "http:80", "10.0.0.1=RS", "10.0.0.2=RS")
            .edit()
            .editFirstEndpoint()
            .withNewHints()
            .addNewForZone("a")
            .addNewForNode("n1")
            .endHints()
            .endEndpoint()
            .build();

    // When
    EndpointSliceSnapshot read = TestObjects.parse(WEB, hinted);

    // Then
    assertThat(read.endpoints().values().iterator().next())
        .extracting(Endpoint::hints)
        .containsExactly(new TopologyHints(Set.of("n1"), Set.of("a")), TopologyHints.NONE);
  }

  private static EndpointSlice slice(String... words) {
    String[] port = words[1].split(":");
    return new EndpointSliceBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName("web-1")
        .addToLabels(TestObjects.SERVICE_LABEL, "web")
        .endMetadata()
        .withAddressType(words[0])
        .addNewPort()
        .withName(port[0])
        .withPort(Integer.valueOf(port[1]))
        .withProtocol("TCP")
        .endPort()
        .withEndpoints(Arrays.stream(words).skip(2).map(ServiceEndpointsTest::endpoint).toList())
        .build();
  }

  private static io.fabric8.kubernetes.api.model.discovery.v1.Endpoint endpoint(String text) {
    String address = text.substring(0, text.indexOf('='));
    String conditions = text.substring(text.indexOf('=') + 1);
    return new EndpointBuilder()
        .withAddresses(address)
        .withNewConditions()
        .withReady(condition(conditions, "R"))
        .withServing(condition(conditions, "S"))
        .withTerminating(condition(conditions, "T"))
        .endConditions()
        .build();
  }

  private static Boolean condition(String conditions, String letter) {
    if (conditions.contains(letter)) {
      return true;
    }
    return conditions.contains(letter.toLowerCase(Locale.ROOT)) ? Boolean.FALSE : null;
  }

  private static List<String> words(String text, String separator) {
    return Arrays.stream(text.split(separator)).filter(word -> !word.isEmpty()).toList();
  }

  private static String text(Endpoint endpoint) {
    return NetUtil.toSocketAddressString(
        new InetSocketAddress(endpoint.address(), endpoint.port()));
  }
}
