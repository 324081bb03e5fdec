package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An operator with an interrupted or slow connection to the API server. */
class ApiServerFaultTest extends ApiServerTest {

  private ApiServerForwarder forwarder;
  private BallastOperator operator;
  private FakeDataPlane dataPlane;

  ApiServerFaultTest(KubernetesClient client) {
    super(client);
  }

  @BeforeEach
  void start() throws IOException {
    forwarder = new ApiServerForwarder(client.getMasterUrl().toString());
    operator =
        new BallastOperator(
            new KubernetesClientBuilder()
                .withConfig(
                    new ConfigBuilder(client.getConfiguration())
                        .withMasterUrl(forwarder.url())
                        .build())
                .build(),
            ALONE);
    operator.start();
    dataPlane = new FakeDataPlane(client);
  }

  @AfterEach
  void stop() throws IOException {
    forwarder.restore();
    forwarder.holdResponses(false);
    clear();
    operator.stop();
    dataPlane.close();
    forwarder.close();
  }

  @Test
  void changes_during_a_watch_outage_are_reconciled_afterwards() {
    // Given
    pool("192.0.2.10-192.0.2.19");
    create(loadBalancer("before", 80));
    create(loadBalancer("doomed", 80));
    await()
        .untilAsserted(
            () -> {
              assertThat(ingress("before")).isPresent();
              assertThat(ingress("doomed")).isPresent();
            });
    String held = ingress("before").orElseThrow().getIp();

    // When
    forwarder.cut();
    create(loadBalancer("meanwhile", 80));
    client.services().inNamespace(namespace).withName("doomed").delete();
    unchangedFor(Duration.ofSeconds(3), () -> ingress("meanwhile").isEmpty());
    forwarder.restore();

    // Then
    await()
        .untilAsserted(
            () -> {
              assertThat(ingress("meanwhile")).isPresent();
              assertThat(service("doomed")).isNull();
              assertThat(addresses()).hasSize(2);
            });
    assertThat(ingress("before").orElseThrow().getIp()).isEqualTo(held);
  }

  @Test
  void slow_responses_delay_the_operator_without_other_effects() {
    // Given
    pool("192.0.2.10-192.0.2.19");
    create(loadBalancer("first", 80));
    await().untilAsserted(() -> assertThat(ingress("first")).isPresent());

    // When
    forwarder.holdResponses(true);
    List<String> names = IntStream.range(0, 5).mapToObj(i -> "web-" + i).toList();
    names.forEach(name -> create(loadBalancer(name, 80)));
    unchangedFor(Duration.ofSeconds(2), () -> addresses().size() == 1);
    forwarder.holdResponses(false);

    // Then
    await()
        .untilAsserted(
            () -> assertThat(names).allSatisfy(name -> assertThat(ingress(name)).isPresent()));
    assertThat(addresses()).hasSize(6);
  }

  private static void unchangedFor(Duration time, Callable<Boolean> condition) {
    Awaitility.await().during(time).atMost(time.plusSeconds(5)).until(condition);
  }
}
