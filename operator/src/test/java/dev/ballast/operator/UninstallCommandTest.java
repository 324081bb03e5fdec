package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.AddressSpec;
import dev.ballast.operator.service.settings.InstallationDefaults;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The command that the chart runs before it is uninstalled. */
@Tag("feature:lifecycle")
class UninstallCommandTest extends ApiServerTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final String SECRET = "heartbeat-keys";

  private BallastOperator operator;
  private boolean stopped;
  private FakeDataPlane dataPlane;

  UninstallCommandTest(KubernetesClient client) {
    super(client);
  }

  @BeforeEach
  void start() throws IOException {
    operator = startOperator(withLeaderElection("operator"));
    dataPlane = new FakeDataPlane(client);
  }

  @AfterEach
  void stop() {
    stopOperator();
    dataPlane.close();
    client.services().inNamespace(namespace).delete();
    removePools();
    client.resources(Address.class).delete();
  }

  @Test
  void the_uninstall_releases_every_address_and_keeps_the_services() {
    // Given
    pool("192.0.2.10");
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());
    create(loadBalancer("pending", 80));
    await()
        .untilAsserted(() -> assertThat(condition("pending", "ballast.dev/Allocated")).isPresent());
    stopOperator();

    // When
    boolean clean = uninstall(null, TIMEOUT);

    // Then
    assertThat(clean).isTrue();
    assertThat(addresses()).isEmpty();
    assertThat(loadBalancers()).isEmpty();
    assertThat(client.resources(AddressPool.class).list().getItems())
        .allSatisfy(pool -> assertThat(pool.getFinalizers()).isEmpty());
    for (String name : List.of("web", "pending")) {
      assertThat(service(name).getFinalizers()).isEmpty();
      assertThat(service(name).getStatus().getConditions()).isEmpty();
      assertThat(ingress(name)).isEmpty();
    }
  }

  @Test
  void the_uninstall_stops_the_deployment_and_waits_for_the_lease() {
    // Given
    pool("192.0.2.10");
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());
    deployment();

    // When
    CompletableFuture<Boolean> uninstall =
        CompletableFuture.supplyAsync(
            () -> uninstall("ballast-operator", TIMEOUT), task -> Thread.ofVirtual().start(task));

    // Then
    await().untilAsserted(() -> assertThat(replicas()).isZero());
    Awaitility.await()
        .during(Duration.ofSeconds(1))
        .untilAsserted(() -> assertThat(ingress("web")).isPresent());
    stopOperator();
    assertThat(uninstall.join()).isTrue();
    assertThat(ingress("web")).isEmpty();
    assertThat(addresses()).isEmpty();
  }

  @Test
  void status_of_other_controllers_and_reservations_stay() {
    // Given
    pool("192.0.2.10-192.0.2.11");
    Address reserved = new Address();
    reserved.getMetadata().setName("192.0.2.11");
    reserved.setSpec(new AddressSpec("192.0.2.11", null, null, null));
    client.resource(reserved).create();
    String foreign = foreignService();
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());
    stopOperator();

    // When
    boolean clean = uninstall(null, TIMEOUT);

    // Then
    assertThat(clean).isTrue();
    assertThat(service("foreign").getMetadata().getResourceVersion()).isEqualTo(foreign);
    assertThat(addresses())
        .singleElement()
        .satisfies(address -> assertThat(address.getSpec().ip()).isEqualTo("192.0.2.11"));
  }

  @Test
  void the_uninstall_ends_in_time_without_the_lease() {
    // Given
    pool("192.0.2.10");
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());

    // When
    boolean clean = uninstall(null, Duration.ofSeconds(1));

    // Then
    assertThat(clean).isFalse();
    assertThat(ingress("web")).isPresent();
  }

  @Test
  void an_operator_on_a_node_that_is_cut_off_leads_neither_at_the_end_nor_afterwards() {
    // Given
    pool("192.0.2.10");
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());
    stopOperator();
    var cutOff = new CandidateOperator(client, namespace, "cut-off");
    await().until(cutOff::leads);

    // When
    boolean clean = uninstall(null, Duration.ofSeconds(2), Duration.ofSeconds(60));

    // Then
    assertThat(clean).isTrue();
    assertThat(ingress("web")).isEmpty();
    assertThat(cutOff.leads()).isFalse();
    try (var restarted = new CandidateOperator(client, namespace, "restarted")) {
      Awaitility.await()
          .during(Duration.ofSeconds(5))
          .atMost(Duration.ofSeconds(10))
          .until(() -> !restarted.leads());
    }
    cutOff.close();
  }

  @Test
  void the_uninstall_deletes_the_secret_that_the_operator_has_created() {
    // Given
    await().untilAsserted(() -> assertThat(secret()).isNotNull());
    stopOperator();

    // When
    boolean clean = uninstall(null, TIMEOUT);

    // Then
    assertThat(clean).isTrue();
    assertThat(secret()).isNull();
  }

  @Test
  void the_uninstall_keeps_a_secret_that_a_user_has_made() {
    // Given
    await().untilAsserted(() -> assertThat(secret()).isNotNull());
    stopOperator();
    client
        .resource(
            new SecretBuilder(secret())
                .editMetadata()
                .withLabels(Map.of("app.kubernetes.io/managed-by", "Helm"))
                .endMetadata()
                .build())
        .update();

    // When
    boolean clean = uninstall(null, TIMEOUT);

    // Then
    assertThat(clean).isTrue();
    assertThat(secret()).isNotNull();
  }

  private Secret secret() {
    return client.secrets().inNamespace(namespace).withName(SECRET).get();
  }

  private String foreignService() {
    create(
        new ServiceBuilder(loadBalancer("foreign", 80))
            .editMetadata()
            .withFinalizers("service.kubernetes.io/load-balancer-cleanup")
            .endMetadata()
            .editSpec()
            .withLoadBalancerClass("example.com/other")
            .endSpec()
            .build());
    Service written =
        client
            .services()
            .inNamespace(namespace)
            .withName("foreign")
            .editStatus(
                service ->
                    new ServiceBuilder(service)
                        .editOrNewStatus()
                        .withConditions(
                            new ConditionBuilder()
                                .withType("example.com/Ready")
                                .withStatus("True")
                                .withReason("Ready")
                                .withMessage("")
                                .withLastTransitionTime(Instant.EPOCH.toString())
                                .build())
                        .withNewLoadBalancer()
                        .addNewIngress()
                        .withIp("203.0.113.9")
                        .endIngress()
                        .endLoadBalancer()
                        .endStatus()
                        .build());
    return written.getMetadata().getResourceVersion();
  }

  private void deployment() {
    client
        .resource(
            new DeploymentBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("ballast-operator")
                .endMetadata()
                .withNewSpec()
                .withReplicas(2)
                .withNewSelector()
                .addToMatchLabels("app", "ballast")
                .endSelector()
                .withNewTemplate()
                .withNewMetadata()
                .addToLabels("app", "ballast")
                .endMetadata()
                .withNewSpec()
                .addNewContainer()
                .withName("operator")
                .withImage("operator")
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build())
        .create();
  }

  private int replicas() {
    return client
        .apps()
        .deployments()
        .inNamespace(namespace)
        .withName("ballast-operator")
        .get()
        .getSpec()
        .getReplicas();
  }

  private boolean uninstall(String deployment, Duration timeout) {
    return uninstall(deployment, Duration.ofSeconds(40), timeout);
  }

  private boolean uninstall(String deployment, Duration grace, Duration timeout) {
    KubernetesClient own =
        new KubernetesClientBuilder().withConfig(client.getConfiguration()).build();
    try {
      return UninstallCommand.run(own, withLeaderElection("uninstall"), deployment, grace, timeout);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private OperatorSettings withLeaderElection(String instance) {
    return new OperatorSettings(
        namespace, instance, true, true, 0, SECRET, InstallationDefaults.NONE);
  }

  private void stopOperator() {
    if (!stopped) {
      stopped = true;
      operator.stop();
    }
  }
}
