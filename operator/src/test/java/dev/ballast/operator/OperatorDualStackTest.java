package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.AddressPool;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Single-stack and dual-stack Services on a dual-stack cluster. */
@Tag("feature:families")
class OperatorDualStackTest extends OperatorTest {

  private static final String V4 = "192.0.2.10";
  private static final String V6 = "2001:db8::10";

  OperatorDualStackTest(KubernetesClient client) {
    super(client);
  }

  @Test
  void a_dual_stack_service_gets_an_address_of_each_family() {
    // Given
    pool(V4, V6);

    // When
    create(of("RequireDualStack"));

    // Then
    awaitPublished(V4, V6);
  }

  @Test
  void adding_and_removing_a_family_does_not_change_the_other_address() {
    // Given
    pool(V4, V6);
    create(of("SingleStack"));
    awaitPublished(V4);

    // When
    policy("RequireDualStack");

    // Then
    awaitPublished(V4, V6);
    policy("SingleStack");
    awaitPublished(V4);
    await().untilAsserted(() -> assertThat(addresses()).hasSize(1));
  }

  @Test
  void prefer_dual_stack_accepts_one_family() {
    // Given
    pool(V4);

    // When
    create(of("PreferDualStack"));

    // Then
    awaitPublished(V4);
    await()
        .untilAsserted(
            () ->
                assertThat(text(allocated()))
                    .isEqualTo(
                        "True AddressAssigned 192.0.2.10 is assigned. No IPv6 address can be assigned. No AddressPool contains IPv6 addresses. Create one: kubectl explain addresspool.spec"));
  }

  @Test
  void require_dual_stack_serves_one_family_and_reports_the_missing_one() {
    // Given
    pool(V4);
    create(of("RequireDualStack"));
    awaitPublished(V4);
    await()
        .untilAsserted(
            () ->
                assertThat(text(allocated()))
                    .isEqualTo(
                        "False NoPool The Service has 192.0.2.10. No IPv6 address can be assigned. No AddressPool contains IPv6 addresses. Create one: kubectl explain addresspool.spec"));

    // When
    namedPool("more", V6);

    // Then
    awaitPublished(V4, V6);
    await().untilAsserted(() -> assertThat(allocated().getStatus()).isEqualTo("True"));
    client.resources(AddressPool.class).withName("more").delete();
  }

  private Service of(String policy) {
    return new ServiceBuilder(loadBalancer("web", 80))
        .editSpec()
        .withIpFamilyPolicy(policy)
        .endSpec()
        .build();
  }

  private void policy(String policy) {
    client
        .services()
        .inNamespace(namespace)
        .withName("web")
        .edit(
            service -> {
              service.getSpec().setIpFamilyPolicy(policy);
              if (policy.equals("SingleStack")) {
                service.getSpec().setIpFamilies(service.getSpec().getIpFamilies().subList(0, 1));
                service.getSpec().setClusterIPs(service.getSpec().getClusterIPs().subList(0, 1));
              }
              return service;
            });
  }

  private void awaitPublished(String... addresses) {
    await()
        .untilAsserted(
            () ->
                assertThat(service("web").getStatus().getLoadBalancer().getIngress())
                    .extracting(LoadBalancerIngress::getIp)
                    .isEqualTo(List.of(addresses)));
  }

  private Condition allocated() {
    return condition("web", "ballast.dev/Allocated").orElseThrow();
  }

  private static String text(Condition condition) {
    return condition.getStatus() + " " + condition.getReason() + " " + condition.getMessage();
  }
}
