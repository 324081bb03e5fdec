package dev.ballast.operator.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.operator.ipam.AddressRequest;
import dev.ballast.operator.ipam.AddressRequests;
import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.service.settings.InstallationDefaults;
import dev.ballast.operator.service.settings.SettingDefaults;
import dev.ballast.operator.service.status.LoadBalancerState;
import dev.ballast.operator.service.status.ServiceConditionReason;
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

/** Requests of a Service with annotations of MetalLB. */
@Tag("feature:address")
class ServiceAnnotationsTest {

  private static final SettingDefaults NO_DEFAULTS =
      new SettingDefaults("shop", Map.of(), InstallationDefaults.NONE);

  private static final IpAddress FOUR = IpAddress.parse("192.0.2.10").orElseThrow();
  private static final IpAddress SIX = IpAddress.parse("2001:db8::10").orElseThrow();

  static Stream<Arguments> cases() {
    return Stream.of(
        Arguments.of(
            "both families in one annotation",
            Map.of("metallb.io/loadBalancerIPs", "192.0.2.10,2001:db8::10"),
            requests(FOUR, SIX, null)),
        Arguments.of(
            "the former prefix",
            Map.of("metallb.universe.tf/loadBalancerIPs", "2001:db8::10"),
            requests(null, SIX, null)),
        Arguments.of(
            "a pool", Map.of("metallb.io/address-pool", "lan"), requests(null, null, "lan")),
        Arguments.of(
            "a pool by the former prefix",
            Map.of("metallb.universe.tf/address-pool", "lan"),
            requests(null, null, "lan")),
        Arguments.of(
            "the annotation of Ballast overrides",
            Map.of(
                "ballast.dev/address", "192.0.2.10",
                "metallb.io/loadBalancerIPs", "192.0.2.99",
                "ballast.dev/pool", "lan",
                "metallb.io/address-pool", "dmz"),
            requests(FOUR, null, "lan")),
        Arguments.of(
            "a blank annotation of Ballast does not override",
            Map.of("ballast.dev/pool", " ", "metallb.io/address-pool", "dmz"),
            requests(null, null, "dmz")),
        Arguments.of(
            "two annotations that agree",
            Map.of("metallb.io/address-pool", "lan", "metallb.universe.tf/address-pool", " lan "),
            requests(null, null, "lan")),
        Arguments.of(
            "two that contradict each other, and one of Ballast",
            Map.of(
                "ballast.dev/pool", "dmz",
                "metallb.io/address-pool", "lan",
                "metallb.universe.tf/address-pool", "wan"),
            requests(null, null, "dmz")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void the_annotations_of_metallb_have_the_same_meaning(
      String what, Map<String, String> annotations, AddressRequests expected) {
    // Given
    Service service = service(annotations);

    // When
    LoadBalancerIntent intent = LoadBalancerIntent.of(service, true, NO_DEFAULTS);

    // Then
    assertThat(intent).isInstanceOf(LoadBalancerIntent.LoadBalancerWanted.class);
    assertThat(((LoadBalancerIntent.LoadBalancerWanted) intent).requests())
        .as(what)
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("sharing")
  void the_sharing_keys_of_metallb_and_ballast_are_equal(String annotation) {
    // Given
    Service service = service(Map.of(annotation, "together"));

    // When
    LoadBalancerIntent intent = LoadBalancerIntent.of(service, true, NO_DEFAULTS);

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
  void contradicting_annotations_are_rejected_with_a_message() {
    // Given
    Service service =
        service(
            Map.of(
                "metallb.io/loadBalancerIPs", "192.0.2.10",
                "metallb.universe.tf/loadBalancerIPs", "192.0.2.11"));

    // When
    LoadBalancerIntent intent = LoadBalancerIntent.of(service, true, NO_DEFAULTS);

    // Then
    AddressRequests requests = ((LoadBalancerIntent.LoadBalancerWanted) intent).requests();
    assertThat(requests).isInstanceOf(AddressRequests.MalformedRequest.class);
    AddressRequests.MalformedRequest malformedRequest = (AddressRequests.MalformedRequest) requests;
    assertThat(
            LoadBalancerState.pending(
                new AllocationResult.MalformedAllocationRequest(
                    malformedRequest.text(), malformedRequest.reason())))
        .isEqualTo(
            new LoadBalancerState.Pending(
                ServiceConditionReason.INVALID_REQUEST,
                "The request '192.0.2.10' is invalid. The annotations metallb.io/loadBalancerIPs and metallb.universe.tf/loadBalancerIPs contradict each other, and ballast.dev/address, which overrides both, is not set. Correct the annotation ballast.dev/address, the MetalLB annotation, or spec.loadBalancerIP."));
  }

  private static AddressRequests requests(IpAddress four, IpAddress six, String pool) {
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
