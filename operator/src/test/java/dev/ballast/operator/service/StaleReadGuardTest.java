package dev.ballast.operator.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressSpec;
import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.api.v1alpha1.ServiceClaim;
import dev.ballast.operator.address.AddressClaimer;
import dev.ballast.operator.address.ClaimResult;
import dev.ballast.operator.ipam.Ipam;
import dev.ballast.operator.ipam.TestAllocator;
import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.observe.OperatorMetrics;
import dev.ballast.operator.reconciler.ApiServerTime;
import dev.ballast.operator.service.settings.InstallationDefaults;
import dev.ballast.operator.service.settings.SettingDefaults;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A leader with stale watches: another leader has assigned and published 192.0.2.10. */
@Tag("feature:address")
@EnableKubernetesMockClient
class StaleReadGuardTest {

  private static final SettingDefaults NO_DEFAULTS =
      new SettingDefaults("shop", Map.of(), InstallationDefaults.NONE);

  private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
  private static final String LONG_AGO = "2026-01-01T11:00:00Z";
  private static final String JUST_NOW = "2026-01-01T11:59:59Z";
  private static final ServiceRef WEB = new ServiceRef("default", "web", "u1");
  private static final IpAddress TEN = IpAddress.parse("192.0.2.10").orElseThrow();
  private static final IpAddress ELEVEN = IpAddress.parse("192.0.2.11").orElseThrow();

  private final ApiServerTime apiServerTime = new ApiServerTime(() -> 0);
  private KubernetesMockServer server;
  private KubernetesClient client;
  private final Ipam ipam = new Ipam();
  private AddressClaimer addressClaimer;
  private StaleReadGuard staleReadGuard;

  @BeforeEach
  void another_leader_assigned_the_address() {
    addressClaimer = new AddressClaimer(client, ipam, new OperatorMetrics(ipam));
    staleReadGuard = new StaleReadGuard(client, addressClaimer, apiServerTime);
    apiServerTime.observe(NOW, apiServerTime.start());
    TestAllocator.putPool(ipam, "pool", List.of(new AddressRange(TEN, ELEVEN)));
    server
        .expect()
        .get()
        .withPath("/apis/ballast.dev/v1alpha1/addresses/192.0.2.10")
        .andReturn(200, address())
        .always();
  }

  @Test
  void an_old_service_without_a_cached_address_keeps_its_published_one() {
    // Given
    live(service("u1", LONG_AGO, "192.0.2.10"));

    // When
    Service current = current(service("u1", LONG_AGO, null)).orElseThrow();

    // Then
    LoadBalancerIntent.LoadBalancerWanted wanted = wanted(current);
    assertThat(
            addressClaimer.claim(wanted.claimFor(WEB), wanted.requests(), wanted.serviceContext()))
        .isEqualTo(new ClaimResult.Claimed(List.of(TEN), List.of()));
  }

  @Test
  void a_new_service_gets_its_first_address_without_a_read() {
    // When
    Optional<Service> current = current(service("u1", JUST_NOW, null));

    // Then
    assertThat(current).isPresent();
    assertThat(server.getRequestCount()).isZero();
  }

  @Test
  void a_service_that_keeps_its_address_costs_no_read() {
    // Given
    live(service("u1", LONG_AGO, "192.0.2.10"));
    current(service("u1", LONG_AGO, null));
    int before = server.getRequestCount();

    // When
    current(service("u1", LONG_AGO, "192.0.2.10"));

    // Then
    assertThat(server.getRequestCount()).isEqualTo(before);
  }

  @Test
  void a_recreated_service_counts_as_gone() {
    // Given
    live(service("u2", JUST_NOW, null));

    // When
    Optional<Service> current = current(service("u1", LONG_AGO, null));

    // Then
    assertThat(current).isEmpty();
  }

  private Optional<Service> current(Service cached) {
    return staleReadGuard.current(cached, WEB, wanted(cached));
  }

  private static LoadBalancerIntent.LoadBalancerWanted wanted(Service service) {
    return (LoadBalancerIntent.LoadBalancerWanted)
        LoadBalancerIntent.of(service, true, NO_DEFAULTS);
  }

  private void live(Service service) {
    server
        .expect()
        .get()
        .withPath("/api/v1/namespaces/default/services/web")
        .andReturn(200, service)
        .always();
  }

  private static Service service(String uid, String created, @Nullable String published) {
    ServiceBuilder service =
        new ServiceBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("web")
            .withUid(uid)
            .withCreationTimestamp(created)
            .addToFinalizers(ApiNames.SERVICE_FINALIZER)
            .endMetadata()
            .withNewSpec()
            .withType("LoadBalancer")
            .withIpFamilies("IPv4")
            .endSpec();
    if (published != null) {
      service
          .withNewStatus()
          .withNewLoadBalancer()
          .addNewIngress()
          .withIp(published)
          .withIpMode("Proxy")
          .endIngress()
          .endLoadBalancer()
          .endStatus();
    }
    return service.build();
  }

  private static Address address() {
    Address address = new Address();
    address.setMetadata(
        new ObjectMetaBuilder()
            .withName("192.0.2.10")
            .withResourceVersion("7")
            .withCreationTimestamp(LONG_AGO)
            .build());
    address.setSpec(
        new AddressSpec(
            "192.0.2.10",
            "pool",
            List.of(new ServiceClaim("default", "web", "u1", null, List.of())),
            null));
    return address;
  }
}
