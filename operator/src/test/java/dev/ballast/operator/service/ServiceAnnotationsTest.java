package dev.ballast.operator.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.operator.ipam.AddressRequest;
import dev.ballast.operator.ipam.AddressRequests;
import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a Service asks for that was annotated for MetalLB. */
@Tag("feature:address")
class ServiceAnnotationsTest {

  private static final IpAddress FOUR = IpAddress.parse("192.0.2.10").orElseThrow();
  private static final IpAddress SIX = IpAddress.parse("2001:db8::10").orElseThrow();

  static Stream<Arguments> asked() {
    return Stream.of(
        Arguments.of(
            "both families in one annotation",
            Map.of("metallb.io/loadBalancerIPs", "192.0.2.10,2001:db8::10"),
            wishes(FOUR, SIX, null)),
        Arguments.of(
            "the former prefix",
            Map.of("metallb.universe.tf/loadBalancerIPs", "2001:db8::10"),
            wishes(null, SIX, null)),
        Arguments.of("a pool", Map.of("metallb.io/address-pool", "lan"), wishes(null, null, "lan")),
        Arguments.of(
            "a pool by the former prefix",
            Map.of("metallb.universe.tf/address-pool", "lan"),
            wishes(null, null, "lan")),
        Arguments.of(
            "ours comes first",
            Map.of(
                "ballast.dev/address", "192.0.2.10",
                "metallb.io/loadBalancerIPs", "192.0.2.99",
                "ballast.dev/pool", "lan",
                "metallb.io/address-pool", "dmz"),
            wishes(FOUR, null, "lan")),
        Arguments.of(
            "a blank one of ours decides nothing",
            Map.of("ballast.dev/pool", " ", "metallb.io/address-pool", "dmz"),
            wishes(null, null, "dmz")),
        Arguments.of(
            "two that agree",
            Map.of("metallb.io/address-pool", "lan", "metallb.universe.tf/address-pool", " lan "),
            wishes(null, null, "lan")),
        Arguments.of(
            "two that contradict each other, and ours that decides",
            Map.of(
                "ballast.dev/pool", "dmz",
                "metallb.io/address-pool", "lan",
                "metallb.universe.tf/address-pool", "wan"),
            wishes(null, null, "dmz")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("asked")
  void metallbs_annotations_mean_what_ours_do(
      String what, Map<String, String> annotations, AddressRequests expected) {
    // Given
    Service service = service(annotations);

    // When
    LoadBalancerIntent intent = LoadBalancerIntent.of(service, true);

    // Then
    assertThat(intent).isInstanceOf(LoadBalancerIntent.LoadBalancerWanted.class);
    assertThat(((LoadBalancerIntent.LoadBalancerWanted) intent).requests())
        .as(what)
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("sharing")
  void a_key_to_share_by_is_one_whoever_it_was_written_for(String annotation) {
    // Given
    Service service = service(Map.of(annotation, "together"));

    // When
    LoadBalancerIntent intent = LoadBalancerIntent.of(service, true);

    // Then
    assertThat(((LoadBalancerIntent.LoadBalancerWanted) intent).sharingKey()).isEqualTo("together");
  }

  static Stream<String> sharing() {
    return Stream.of(
        "ballast.dev/sharing-key",
        "metallb.io/allow-shared-ip",
        "metallb.universe.tf/allow-shared-ip");
  }

  @Test
  void two_that_contradict_each_other_are_refused_in_words() {
    // Given
    Service service =
        service(
            Map.of(
                "metallb.io/loadBalancerIPs", "192.0.2.10",
                "metallb.universe.tf/loadBalancerIPs", "192.0.2.11"));

    // When
    LoadBalancerIntent intent = LoadBalancerIntent.of(service, true);

    // Then
    AddressRequests requests = ((LoadBalancerIntent.LoadBalancerWanted) intent).requests();
    assertThat(requests).isInstanceOf(AddressRequests.MalformedRequest.class);
    AddressRequests.MalformedRequest malformedRequest = (AddressRequests.MalformedRequest) requests;
    assertThat(
            AllocationMessages.of(
                new AllocationResult.MalformedAllocationRequest(
                    malformedRequest.text(), malformedRequest.reason()),
                List.of()))
        .isEqualTo(
            new LoadBalancerState.Pending(
                "InvalidRequest",
                "The address asked for, '192.0.2.10', cannot be assigned: the annotations"
                    + " metallb.io/loadBalancerIPs and metallb.universe.tf/loadBalancerIPs"
                    + " contradict each other; remove one, or set ballast.dev/address, which comes"
                    + " before both. Correct the annotation ballast.dev/address, MetalLB's or"
                    + " spec.loadBalancerIP, whichever asks."));
  }

  private static AddressRequests wishes(IpAddress four, IpAddress six, String pool) {
    return new AddressRequests.ParsedRequests(
        List.of(
            new AddressRequest(IpFamily.IPv4, four, pool),
            new AddressRequest(IpFamily.IPv6, six, pool)));
  }

  private static Service service(Map<String, String> annotations) {
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName("web")
        .withAnnotations(annotations)
        .endMetadata()
        .withNewSpec()
        .withType("LoadBalancer")
        .withIpFamilies("IPv4", "IPv6")
        .addNewPort()
        .withPort(80)
        .endPort()
        .endSpec()
        .build();
  }
}
