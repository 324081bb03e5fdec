package dev.ballast.operator.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.LoadBalancerSpec;
import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.service.status.LoadBalancerState;
import dev.ballast.operator.service.status.PublishedStatus;
import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.LoadBalancerIngressBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("feature:address")
class AddressReassignmentTest {

  private static final IpAddress OLD = IpAddress.parse("192.0.2.10").orElseThrow();
  private static final IpAddress NEW = IpAddress.parse("192.0.2.11").orElseThrow();
  private static final IpAddress OTHER_FAMILY = IpAddress.parse("2001:db8::10").orElseThrow();
  private static final LoadBalancerState ANNOUNCED = new LoadBalancerState.Announced(List.of());
  private static final LoadBalancerState UNANNOUNCED =
      new LoadBalancerState.Unannounced(List.of(), List.of(), Optional.empty());

  @Test
  void a_published_address_is_served_beside_its_replacement() {
    // When
    AddressReassignment reassignment =
        AddressReassignment.of(published(OLD), List.of(OLD, NEW), List.of(NEW));

    // Then
    assertThat(reassignment.leaving()).containsExactly(OLD);
    assertThat(reassignment.served()).containsExactly(NEW, OLD);
  }

  @Test
  void an_address_without_a_replacement_of_its_family_is_no_longer_served() {
    // When
    AddressReassignment reassignment =
        AddressReassignment.of(published(OLD), List.of(OLD, OTHER_FAMILY), List.of(OTHER_FAMILY));

    // Then
    assertThat(reassignment.served()).containsExactly(OTHER_FAMILY);
  }

  @Test
  void an_address_is_no_longer_served_once_its_replacement_is_published() {
    // When
    AddressReassignment reassignment =
        AddressReassignment.of(published(OLD, NEW), List.of(OLD, NEW), List.of(NEW));

    // Then
    assertThat(reassignment.served()).containsExactly(NEW);
  }

  @Test
  void an_address_is_in_use_while_it_is_assigned_or_published_or_announced() {
    // Given
    AddressReassignment reassignment =
        AddressReassignment.of(published(OLD), List.of(OLD, NEW), List.of(NEW));
    LoadBalancer silent = announcing();

    // Then
    assertThat(reassignment.isInUse(NEW, silent)).isTrue();
    assertThat(reassignment.isInUse(OLD, silent)).isTrue();
    assertThat(reassignment.isInUse(OTHER_FAMILY, announcing(OTHER_FAMILY))).isTrue();
    assertThat(reassignment.isInUse(OTHER_FAMILY, silent)).isFalse();
  }

  @Test
  void nothing_is_released_before_the_first_publication_or_while_an_address_is_unannounced() {
    // Given
    AddressReassignment first =
        AddressReassignment.of(published(), List.of(OLD, NEW), List.of(NEW));
    AddressReassignment later =
        AddressReassignment.of(published(OLD), List.of(OLD, NEW), List.of(NEW));

    // Then
    assertThat(first.releasesIn(ANNOUNCED)).isFalse();
    assertThat(later.releasesIn(UNANNOUNCED)).isFalse();
    assertThat(later.releasesIn(ANNOUNCED)).isTrue();
  }

  @Test
  void another_pass_releases_an_address_that_is_no_longer_published() {
    // Given
    AddressReassignment reassignment =
        AddressReassignment.of(published(OLD), List.of(OLD, NEW), List.of(NEW));

    // Then
    assertThat(reassignment.hasReleasesLeft(List.of(OLD, NEW), ANNOUNCED, status(NEW))).isTrue();
    assertThat(reassignment.hasReleasesLeft(List.of(NEW), ANNOUNCED, status(NEW))).isFalse();
    assertThat(reassignment.hasReleasesLeft(List.of(OLD, NEW), UNANNOUNCED, status(OLD))).isFalse();
  }

  private static PublishedStatus status(IpAddress... addresses) {
    return new PublishedStatus(ingress(addresses), List.of());
  }

  private static List<LoadBalancerIngress> ingress(IpAddress... addresses) {
    return Arrays.stream(addresses)
        .map(ip -> new LoadBalancerIngressBuilder().withIp(ip.toString()).build())
        .toList();
  }

  private static Service published(IpAddress... addresses) {
    return new ServiceBuilder()
        .withNewMetadata()
        .withFinalizers(ApiNames.SERVICE_FINALIZER)
        .endMetadata()
        .withNewStatus()
        .withNewLoadBalancer()
        .withIngress(ingress(addresses))
        .endLoadBalancer()
        .endStatus()
        .build();
  }

  private static LoadBalancer announcing(IpAddress... addresses) {
    LoadBalancer loadBalancer = new LoadBalancer();
    loadBalancer.setSpec(
        new LoadBalancerSpec(List.of(), List.of(), null, null, List.of(), null, null, null));
    loadBalancer.setStatus(
        new LoadBalancerStatus(
            List.of(),
            List.of(
                new NodeReport(
                    "n1",
                    1L,
                    Arrays.stream(addresses).map(IpAddress::toString).toList(),
                    List.of(),
                    List.of(),
                    "0/0",
                    List.of()))));
    return loadBalancer;
  }
}
