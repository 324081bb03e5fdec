package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A machine on the LAN, not a cluster node, that uses an address of a pool. */
@Order(12)
@DisplayName("Address conflicts")
@Tag("feature:address")
@Scenarios
class ConflictIT {

  private static final String NAMESPACE = "ballast-e2e-conflict";
  private static final Duration SOON = Duration.ofSeconds(30);

  /** Nodes ask once a minute who else has what they announce. */
  private static final Duration A_ROUND = Duration.ofSeconds(90);

  private static final String CONTESTED = nth(30);
  private static final String OTHER = nth(31);

  @BeforeAll
  static void a_pool_of_the_contested_address_and_one_of_another() {
    assumeThat(Cluster.isLab()).as("a machine on the LAN to give the address to").isTrue();
    Kubectl.apply(TestPool.manifest("conflict-first", CONTESTED) + "  priority: 10\n");
    Kubectl.apply(TestPool.manifest("conflict-second", OTHER));
    BackendPods.namespace(NAMESPACE);
    BackendPods.deploy(NAMESPACE, 2);
  }

  @AfterEach
  void nobody_has_it() {
    Terminal.run(stranger("del"));
    Terminal.type("kubectl delete svc --all -n " + NAMESPACE);
  }

  @AfterAll
  static void remove_them() {
    if (Cluster.isLab()) {
      BackendPods.deleteNamespace(NAMESPACE);
      TestPool.delete("conflict-first");
      TestPool.delete("conflict-second");
    }
  }

  @Test
  @Tag("feature:status")
  @DisplayName(
      "An address that another machine uses is not announced; the Service gets another address")
  void a_service_gets_another_address_than_a_stranger_has() {
    // Given
    Terminal.type(stranger("add"));

    // When
    Kubectl.apply(BackendPods.service(NAMESPACE, "evading"));

    // Then
    assertThat(ServiceView.awaitAddress(NAMESPACE, "evading")).isEqualTo(OTHER);
    ExternalClient.awaitAnswer(OTHER, 80);
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(Terminal.run("kubectl describe svc evading -n " + NAMESPACE).out())
                    .contains("AddressInUse", CONTESTED + " cannot be used", strangersMac()));
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(Terminal.run("kubectl describe addresspool conflict-first").out())
                    .contains("AddressInUse", strangersMac()));

    // And who asks for it gets it once the stranger has gone
    Kubectl.apply(wishing("patient"));
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(ServiceView.of(NAMESPACE, "patient").verdict("ballast.dev/Announced"))
                    .isEqualTo("False AddressInUse"));
    assertThat(ServiceView.of(NAMESPACE, "patient").address()).isEmpty();
    Terminal.type(stranger("del"));
    assertThat(ServiceView.awaitAddress(NAMESPACE, "patient")).isEqualTo(CONTESTED);
    ExternalClient.awaitAnswer(CONTESTED, 80);
  }

  @Test
  @Tag("feature:status")
  @DisplayName(
      "When another machine takes a published address, the Service reports a conflict and keeps it")
  void a_published_address_stays() {
    // Given
    Kubectl.apply(wishing("staying"));
    assertThat(ServiceView.awaitAddress(NAMESPACE, "staying")).isEqualTo(CONTESTED);
    ExternalClient.awaitAnswer(CONTESTED, 80);

    // When
    Terminal.type(stranger("add"));

    // Then
    await()
        .atMost(A_ROUND)
        .untilAsserted(
            () ->
                assertThat(ServiceView.of(NAMESPACE, "staying").message("ballast.dev/Conflict"))
                    .contains(CONTESTED, strangersMac()));
    assertThat(ServiceView.of(NAMESPACE, "staying").address()).contains(CONTESTED);
    assertThat(ServiceView.of(NAMESPACE, "staying").verdict("ballast.dev/Announced"))
        .startsWith("True ");
  }

  private static String wishing(String name) {
    return BackendPods.service(NAMESPACE, name)
        .replace(
            "namespace: " + NAMESPACE + "}",
            "namespace: %s, annotations: {ballast.dev/address: %s}}"
                .formatted(NAMESPACE, CONTESTED));
  }

  private static String stranger(String action) {
    return "ip -n ballast-client address %s %s/32 dev eth0".formatted(action, CONTESTED);
  }

  private static String strangersMac() {
    return Terminal.quietly("ip -n ballast-client -br link show dev eth0").split("\\s+", -1)[2];
  }

  private static String nth(int index) {
    return Ipv4Range.text(Cluster.ADDRESSES.first() + index);
  }
}
