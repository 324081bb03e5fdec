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

/** An operator whose wire to the API server is cut, or slow; the data plane's is not. */
class ApiServerFaultTest extends ApiServerTest {

  private ApiServerForwarder relay;
  private BallastOperator operator;
  private FakeDataPlane dataPlane;

  ApiServerFaultTest(KubernetesClient client) {
    super(client);
  }

  @BeforeEach
  void start() throws IOException {
    relay = new ApiServerForwarder(client.getMasterUrl().toString());
    operator =
        new BallastOperator(
            new KubernetesClientBuilder()
                .withConfig(
                    new ConfigBuilder(client.getConfiguration()).withMasterUrl(relay.url()).build())
                .build(),
            ALONE);
    operator.start();
    dataPlane = new FakeDataPlane(client);
  }

  @AfterEach
  void stop() throws IOException {
    relay.mend();
    relay.hold(false);
    clear();
    operator.stop();
    dataPlane.close();
    relay.close();
  }

  @Test
  void what_happens_while_the_watch_is_cut_is_made_up_for() {
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
    relay.cut();
    create(loadBalancer("meanwhile", 80));
    client.services().inNamespace(namespace).withName("doomed").delete();
    unchangedFor(Duration.ofSeconds(3), () -> ingress("meanwhile").isEmpty());
    relay.mend();

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
  void slow_answers_make_it_late_and_nothing_else() {
    // Given
    pool("192.0.2.10-192.0.2.19");
    create(loadBalancer("first", 80));
    await().untilAsserted(() -> assertThat(ingress("first")).isPresent());

    // When
    relay.hold(true);
    List<String> names = IntStream.range(0, 5).mapToObj(i -> "web-" + i).toList();
    names.forEach(name -> create(loadBalancer(name, 80)));
    unchangedFor(Duration.ofSeconds(2), () -> addresses().size() == 1);
    relay.hold(false);

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
