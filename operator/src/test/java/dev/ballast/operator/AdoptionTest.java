package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Adoption of addresses that another controller published before Ballast was installed. */
@Tag("feature:address")
class AdoptionTest extends ApiServerTest {

  private BallastOperator operator;
  private FakeDataPlane dataPlane;

  AdoptionTest(KubernetesClient client) {
    super(client);
  }

  @BeforeEach
  void announce() {
    dataPlane = new FakeDataPlane(client);
  }

  @AfterEach
  void stop() {
    clear();
    operator.stop();
    dataPlane.close();
  }

  @Test
  void each_service_keeps_its_published_address_in_any_order_of_reconciliation()
      throws IOException {
    // Given
    pool("192.0.2.10-192.0.2.29");
    IntStream.range(0, 8).forEach(i -> create(loadBalancer("a-new-" + i, 80)));
    List<String> addresses = IntStream.range(10, 18).mapToObj(i -> "192.0.2." + i).toList();
    addresses.forEach(ip -> publishedByAnother(create(loadBalancer(nameOf(ip), 80)), ip));

    // When
    operator = startOperator(ALONE);

    // Then
    await()
        .untilAsserted(
            () -> {
              assertThat(addresses)
                  .allSatisfy(
                      ip -> {
                        assertThat(published(nameOf(ip))).isEqualTo(ip);
                        assertThat(ingress(nameOf(ip)).orElseThrow().getIpMode())
                            .isEqualTo("Proxy");
                      });
              assertThat(addresses()).hasSize(16);
            });
  }

  @Test
  void a_service_keeps_its_address_when_the_pool_is_created_after_the_operator_starts()
      throws IOException {
    // Given
    publishedByAnother(create(loadBalancer("old", 80)), "192.0.2.15");
    create(loadBalancer("new", 80));
    operator = startOperator(ALONE);
    await().untilAsserted(() -> assertThat(condition("old", "ballast.dev/Allocated")).isPresent());
    assertThat(published("old")).isEqualTo("192.0.2.15");

    // When
    pool("192.0.2.15-192.0.2.16");

    // Then
    await()
        .untilAsserted(
            () -> {
              assertThat(ingress("old").orElseThrow().getIpMode()).isEqualTo("Proxy");
              assertThat(published("old")).isEqualTo("192.0.2.15");
              assertThat(published("new")).isEqualTo("192.0.2.16");
            });
  }

  @Test
  void an_address_outside_of_all_pools_is_replaced_once_another_one_is_announced()
      throws IOException {
    // Given
    pool("192.0.2.10");
    publishedByAnother(create(loadBalancer("old", 80)), "198.51.100.7");

    // When
    operator = startOperator(ALONE);

    // Then
    await().untilAsserted(() -> assertThat(published("old")).isEqualTo("192.0.2.10"));
  }

  @Test
  void a_request_takes_precedence_over_the_published_address() throws IOException {
    // Given
    pool("192.0.2.10-192.0.2.29");
    publishedByAnother(
        create(annotated(loadBalancer("old", 80), "metallb.io/loadBalancerIPs", "192.0.2.20")),
        "192.0.2.15");

    // When
    operator = startOperator(ALONE);

    // Then
    await().untilAsserted(() -> assertThat(published("old")).isEqualTo("192.0.2.20"));
  }

  @Test
  void a_service_of_another_class_is_not_written() throws IOException {
    // Given
    pool("192.0.2.10-192.0.2.29");
    Service foreign =
        new ServiceBuilder(loadBalancer("theirs", 80))
            .editSpec()
            .withLoadBalancerClass("example.com/theirs")
            .endSpec()
            .build();
    publishedByAnother(create(foreign), "192.0.2.15");
    String before = service("theirs").getMetadata().getResourceVersion();

    // When
    operator = startOperator(ALONE);

    // Then
    create(loadBalancer("ours", 80));
    await().untilAsserted(() -> assertThat(ingress("ours")).isPresent());
    assertThat(service("theirs").getMetadata().getResourceVersion()).isEqualTo(before);
    client.services().inNamespace(namespace).withName("theirs").delete();
  }

  private static String nameOf(String ip) {
    return "old-" + ip.replace('.', '-');
  }

  /** As MetalLB does: without ipMode, so that the API server sets it to VIP. */
  private void publishedByAnother(Service service, String ip) {
    client
        .resource(
            new ServiceBuilder(service)
                .withNewStatus()
                .withNewLoadBalancer()
                .addNewIngress()
                .withIp(ip)
                .endIngress()
                .endLoadBalancer()
                .endStatus()
                .build())
        .subresource("status")
        .update();
  }
}
