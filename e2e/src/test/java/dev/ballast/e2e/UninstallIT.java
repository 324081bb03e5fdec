package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Ballast taken out of a cluster whose Services still want an address, and put back. */
@Order(20)
@DisplayName("Uninstall")
@Tag("feature:lifecycle")
@Scenarios
class UninstallIT {

  private static final String NAMESPACE = "ballast-e2e-uninstall";
  private static final String CHART = "../../charts/ballast";

  @BeforeAll
  static void a_service_that_answers() {
    // nobody wants a user's own installation taken away and put back by a test
    assumeThat(Cluster.isLab()).as("the cluster is the lab's").isTrue();
    TestPool.create("uninstall", Cluster.ADDRESSES);
    BackendPods.namespace(NAMESPACE);
    BackendPods.deploy(NAMESPACE, 1);
    Kubectl.apply(BackendPods.service(NAMESPACE, "left"));
    ExternalClient.awaitAnswer(ServiceView.awaitAddress(NAMESPACE, "left"), 80);
  }

  @AfterAll
  static void put_it_back() {
    if (!Cluster.isLab()) {
      return;
    }
    install();
    BackendPods.deleteNamespace(NAMESPACE);
    TestPool.delete("uninstall");
  }

  @Test
  @DisplayName(
      "helm uninstall leaves no external address, no finalizer, no route and no table behind")
  void helm_uninstall_leaves_nothing() {
    // When
    Terminal.type("helm uninstall ballast --wait --timeout=120s -n " + Cluster.NAMESPACE);

    // Then
    ServiceView service = ServiceView.of(NAMESPACE, "left");
    assertThat(service.address()).isEmpty();
    assertThat(service.hasFinalizer()).isFalse();
    assertThat(service.service().at("/status/conditions")).isEmpty();
    assertThat(Kubectl.names("loadbalancers.ballast.dev -A")).isEmpty();
    assertThat(Kubectl.names("addresses.ballast.dev")).isEmpty();
    assertThat(Kubectl.names("loadbalancernodes.ballast.dev")).isEmpty();
    // helm does not wait for the Pods of what it deleted
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(Kubectl.names("pods -n " + Cluster.NAMESPACE)).isEmpty());
    assertThat(NodeLeftovers.of(Cluster.ADDRESSES)).isEmpty();
    assertThat(NodeLeftovers.tables()).isEmpty();

    // And the Service can be deleted with nobody there, or gets an address from a new installation
    Kubectl.apply(BackendPods.service(NAMESPACE, "made-meanwhile"));
    Terminal.type("kubectl delete svc made-meanwhile --timeout=20s -n " + NAMESPACE);
    install();
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> ServiceView.of(NAMESPACE, "left").address().isPresent());
    ExternalClient.awaitAnswer(ServiceView.awaitAddress(NAMESPACE, "left"), 80);
  }

  private static void install() {
    Terminal.type(
        "helm upgrade --install ballast %s --wait --timeout=120s -n %s"
            .formatted(CHART, Cluster.NAMESPACE));
  }
}
