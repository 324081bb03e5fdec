package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.AddressSpec;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.LoadBalancerSpec;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Manual edits of objects that the operator owns. */
class ManualEditTest extends OperatorTest {

  ManualEditTest(KubernetesClient client) {
    super(client);
  }

  @AfterEach
  void delete_objects_of_the_test() {
    client.resources(Address.class).withName("192.0.2.10").delete();
  }

  @Test
  void a_service_whose_address_object_was_deleted_gets_an_address_again() {
    // Given
    pool("192.0.2.10-192.0.2.11");
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());

    // When
    client.resources(Address.class).delete();

    // Then
    await()
        .untilAsserted(
            () ->
                assertThat(addresses())
                    .singleElement()
                    .satisfies(
                        address ->
                            assertThat(ingress("web").orElseThrow().getIp())
                                .isEqualTo(address.getSpec().ip())));
  }

  @Test
  void a_service_whose_address_object_and_pool_were_deleted_is_pending_and_not_served() {
    // Given
    pool("192.0.2.10");
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());

    // When
    client.resources(AddressPool.class).delete();
    client.resources(Address.class).delete();

    // Then
    await()
        .untilAsserted(
            () -> {
              assertThat(condition("web", "ballast.dev/Allocated").orElseThrow().getReason())
                  .isEqualTo("NoPool");
              assertThat(ingress("web")).isEmpty();
              assertThat(loadBalancers()).isEmpty();
            });
  }

  @Test
  void a_service_whose_address_object_and_pool_were_deleted_can_be_deleted() {
    // Given
    pool("192.0.2.10");
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());
    client.resources(AddressPool.class).delete();
    client.resources(Address.class).delete();

    // When
    client.services().inNamespace(namespace).withName("web").delete();

    // Then
    await().untilAsserted(() -> assertThat(service("web")).isNull());
    assertThat(addresses()).isEmpty();
  }

  @Test
  void a_deleted_load_balancer_is_created_again() {
    // Given
    pool("192.0.2.10");
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());
    String uid = loadBalancers().getFirst().getMetadata().getUid();

    // When
    client.resources(LoadBalancer.class).inNamespace(namespace).withName("web").delete();

    // Then
    await()
        .untilAsserted(
            () -> {
              assertThat(loadBalancers())
                  .singleElement()
                  .satisfies(
                      loadBalancer ->
                          assertThat(loadBalancer.getMetadata().getUid()).isNotEqualTo(uid));
              assertThat(ingress("web").orElseThrow().getIp()).isEqualTo("192.0.2.10");
            });
  }

  @Test
  void an_edited_load_balancer_is_corrected() {
    // Given
    pool("192.0.2.10");
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());

    // When
    client
        .resources(LoadBalancer.class)
        .inNamespace(namespace)
        .withName("web")
        .edit(
            loadBalancer -> {
              var spec = loadBalancer.getSpec();
              loadBalancer.setSpec(
                  new LoadBalancerSpec(
                      List.of("198.51.100.1"),
                      spec.frontends(),
                      spec.balancing(),
                      spec.clientIpAffinitySeconds(),
                      spec.sourceRanges(),
                      spec.healthCheck(),
                      spec.timeouts(),
                      spec.limits()));
              return loadBalancer;
            });

    // Then
    await()
        .untilAsserted(
            () ->
                assertThat(loadBalancers().getFirst().getSpec().addresses())
                    .containsExactly("192.0.2.10"));
  }

  @Test
  void a_reserved_address_is_assigned_to_no_service_until_it_is_freed() {
    // Given
    Address reserved = new Address();
    reserved.getMetadata().setName("192.0.2.10");
    reserved.setSpec(new AddressSpec("192.0.2.10", null, null, null));
    client.resource(reserved).create();
    pool("192.0.2.10");
    create(loadBalancer("web", 80));
    await()
        .untilAsserted(
            () ->
                assertThat(condition("web", "ballast.dev/Allocated").orElseThrow().getReason())
                    .isEqualTo("PoolExhausted"));

    // When
    client.resource(reserved).delete();

    // Then
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());
  }

  @Test
  void creating_and_deleting_pools_and_pending_services_logs_no_error() {
    // When
    for (int i = 0; i < 20; i++) {
      // With a new name, since the previous pool may still wait for its Service.
      namedPool("pool-" + i, "192.0.2.10");
      create(loadBalancer("web", 80));
      client.services().inNamespace(namespace).withName("web").delete();
      client.resources(AddressPool.class).delete();
    }

    // Then
    clear();
    assertThat(logged(Level.WARN)).isEmpty();
  }
}
