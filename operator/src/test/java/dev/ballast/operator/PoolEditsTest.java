package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.AddressPoolSpec;
import dev.ballast.api.v1alpha1.AddressSpec;
import dev.ballast.api.v1alpha1.AddressStatus;
import dev.ballast.api.v1alpha1.AddressStatus.Phase;
import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.api.v1alpha1.ReclaimPolicy;
import dev.ballast.api.v1alpha1.ReservedFor;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Edits of pools in use, and retained and reserved addresses. */
@Tag("feature:address")
class PoolEditsTest extends ApiServerTest {

  private static final String TEN = "192.0.2.10";
  private static final String ELEVEN = "192.0.2.11";

  private BallastOperator operator;
  private FakeDataPlane dataPlane;

  PoolEditsTest(KubernetesClient client) {
    super(client);
  }

  @BeforeEach
  void start() throws IOException {
    operator = startOperator(ALONE);
    dataPlane = new FakeDataPlane(client);
  }

  @AfterEach
  void stop() {
    client.services().inNamespace(namespace).delete();
    await().untilAsserted(() -> assertThat(loadBalancers()).isEmpty());
    await()
        .untilAsserted(
            () ->
                assertThat(addresses())
                    .allSatisfy(address -> assertThat(address.getSpec().claims()).isEmpty()));
    client.resources(Address.class).delete();
    client.nodes().delete();
    clear();
    operator.stop();
    dataPlane.close();
  }

  @Test
  void a_larger_pool_serves_pending_services() {
    // Given
    pool(TEN);
    create(loadBalancer("first", 80));
    await().untilAsserted(() -> assertThat(published("first")).isEqualTo(TEN));
    create(loadBalancer("second", 80));
    awaitReason("second", "PoolExhausted");

    // When
    edit(spec -> AddressPoolSpec.of(List.of("192.0.2.10-192.0.2.11")));

    // Then
    await().untilAsserted(() -> assertThat(published("second")).isEqualTo(ELEVEN));
    assertThat(published("first")).isEqualTo(TEN);
  }

  @Test
  void a_smaller_pool_moves_no_service_until_the_user_allows_it() {
    // Given
    pool(TEN);
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo(TEN));

    // When
    edit(spec -> AddressPoolSpec.of(List.of(ELEVEN)));

    // Then
    awaitReason("web", "AddressOrphaned");
    assertThat(allocated("web").getStatus()).isEqualTo("True");
    assertThat(allocated("web").getMessage())
        .isEqualTo(
            "192.0.2.10 is assigned. 192.0.2.10 is orphaned: no AddressPool contains it. The Service keeps the address. To move to another address, annotate the Service with ballast.dev/readdress=true.");
    await()
        .untilAsserted(
            () -> {
              assertThat(thePool().getStatus().orphaned()).isEqualTo(1);
              assertThat(orphaned(TEN).getMessage())
                  .isEqualTo(
                      "192.0.2.10 is orphaned, because no AddressPool contains it. The Service that holds it keeps it. Add the address to a pool, or move the Service with the annotation ballast.dev/readdress=true.");
            });
    assertThat(published("web")).isEqualTo(TEN);
    annotate("web", ApiNames.READDRESS_ANNOTATION, "true");
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo(ELEVEN));
    await()
        .untilAsserted(
            () -> {
              assertThat(addresses()).hasSize(1);
              assertThat(allocated("web").getReason()).isEqualTo("AddressAssigned");
              assertThat(thePool().getStatus().orphaned()).isZero();
            });
  }

  @Test
  void the_deletion_of_a_pool_in_use_waits_and_names_the_services() {
    // Given
    pool(TEN);
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo(TEN));
    await()
        .untilAsserted(
            () -> assertThat(thePool().getFinalizers()).containsExactly("ballast.dev/in-use"));

    // When
    client.resources(AddressPool.class).withName("pool").delete();

    // Then
    await()
        .untilAsserted(
            () ->
                assertThat(poolCondition("InUse").getMessage())
                    .isEqualTo(
                        "The deletion of the pool waits for Services. They hold addresses that no other pool contains: %s/web. To move one to another pool, run: kubectl annotate service NAME ballast.dev/readdress=true"
                            .formatted(namespace)));
    create(loadBalancer("late", 80));
    awaitReason("late", "NoEligiblePool");
    assertThat(allocated("late").getMessage())
        .startsWith("No IPv4 address can be assigned. Pool 'pool' is being deleted.");
    assertThat(published("web")).isEqualTo(TEN);
    client.services().inNamespace(namespace).withName("web").delete();
    await()
        .untilAsserted(
            () -> assertThat(client.resources(AddressPool.class).list().getItems()).isEmpty());
  }

  @Test
  void a_namespace_with_the_label_is_served_and_one_that_loses_it_keeps_its_address() {
    // Given
    LabelSelector team = new LabelSelectorBuilder().addToMatchLabels("team", "a").build();
    selectingPool(team);
    create(loadBalancer("web", 80));
    awaitReason("web", "NoEligiblePool");
    assertThat(allocated("web").getMessage())
        .isEqualTo(
            "No IPv4 address can be assigned. Pool 'pool' is only for namespaces with team=a. Label the namespace, or create a pool for it.");

    // When
    label(Map.of("team", "a"));

    // Then
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo(TEN));
    label(Map.of("team", "b"));
    create(loadBalancer("other", 80));
    awaitReason("other", "NoEligiblePool");
    assertThat(published("web")).isEqualTo(TEN);
  }

  @Test
  void a_retained_address_returns_to_the_recreated_service_only() {
    // Given
    pool("192.0.2.10-192.0.2.11");
    edit(PoolEditsTest::retaining);
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());
    String had = published("web");
    client.services().inNamespace(namespace).withName("web").delete();
    await()
        .untilAsserted(
            () -> {
              Address address = address(had);
              assertThat(address.getSpec().reservedFor())
                  .isEqualTo(new ReservedFor(namespace, "web"));
              assertThat(status(had).phase()).isEqualTo(Phase.Released);
            });
    create(loadBalancer("other", 80));
    await().untilAsserted(() -> assertThat(published("other")).isNotEmpty().isNotEqualTo(had));
    create(loadBalancer("third", 80));
    awaitReason("third", "PoolExhausted");

    // When
    create(loadBalancer("web", 80));

    // Then
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo(had));
    await().untilAsserted(() -> assertThat(status(had).phase()).isEqualTo(Phase.Bound));
  }

  @Test
  void a_service_that_is_recreated_at_once_gets_its_retained_address() {
    // Given
    pool("192.0.2.0-192.0.2.31");
    edit(PoolEditsTest::retaining);
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(ingress("web")).isPresent());
    String had = published("web");

    for (int round = 0; round < 5; round++) {
      // When
      client.services().inNamespace(namespace).withName("web").delete();
      await().until(() -> service("web") == null);
      create(loadBalancer("web", 80));

      // Then
      await().untilAsserted(() -> assertThat(published("web")).isEqualTo(had));
    }
    assertThat(addresses()).hasSize(1);
  }

  @Test
  void a_reserved_address_goes_to_that_service_only() {
    // Given
    pool(TEN);
    reserve(TEN, new ReservedFor(namespace, "web"));
    create(loadBalancer("other", 80));
    awaitReason("other", "PoolExhausted");

    // When
    create(loadBalancer("web", 80));

    // Then
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo(TEN));
    client.services().inNamespace(namespace).withName("web").delete();
    await().untilAsserted(() -> assertThat(address(TEN).getSpec().claims()).isEmpty());
    assertThat(allocated("other").getStatus()).isEqualTo("False");
  }

  @Test
  void a_reserved_address_outside_of_all_pools_is_reported() {
    // When
    reserve(ELEVEN, new ReservedFor(namespace, "web"));

    // Then
    await()
        .untilAsserted(
            () -> {
              assertThat(status(ELEVEN).phase()).isEqualTo(Phase.Reserved);
              assertThat(orphaned(ELEVEN).getMessage())
                  .isEqualTo(
                      "192.0.2.11 cannot be assigned, because no AddressPool contains it. Add it to a pool, or delete this Address.");
            });
    pool(ELEVEN);
    await().untilAsserted(() -> assertThat(status(ELEVEN).conditions()).isEmpty());
  }

  @Test
  void overlaps_are_reported_and_the_address_of_a_node_is_never_assigned() {
    // Given
    node("n1", TEN, "198.51.100.0/24");

    // When
    pool("192.0.2.10-192.0.2.11", "198.51.100.7");
    namedPool("second", ELEVEN);

    // Then
    await()
        .untilAsserted(
            () -> {
              assertThat(poolCondition("Overlapping").getMessage())
                  .isEqualTo(
                      "AddressPool second also contains 192.0.2.11. This pool takes precedence. 192.0.2.10 is the address of node n1. It is never assigned. 198.51.100.7 belongs to the Pod CIDR of node n1.");
              assertThat(thePool().getStatus().capacity()).isEqualTo(2);
            });
    create(annotated(loadBalancer("web", 80), ApiNames.ADDRESS_ANNOTATION, TEN));
    awaitReason("web", "AddressExcluded");
  }

  /** Has its selector from the start: the operator could see an edit after the Service. */
  private void selectingPool(LabelSelector namespaces) {
    AddressPool pool = new AddressPool();
    pool.getMetadata().setName("pool");
    pool.setSpec(
        new AddressPoolSpec(
            List.of(TEN), null, null, null, null, null, namespaces, null, null, null, null));
    client.resource(pool).create();
  }

  private static AddressPoolSpec retaining(AddressPoolSpec spec) {
    return new AddressPoolSpec(
        spec.addresses(),
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        ReclaimPolicy.Retain,
        null);
  }

  /** Retries when the operator wrote the pool's status in between. */
  private void edit(UnaryOperator<AddressPoolSpec> change) {
    await()
        .ignoreExceptionsInstanceOf(KubernetesClientException.class)
        .untilAsserted(
            () ->
                client
                    .resources(AddressPool.class)
                    .withName("pool")
                    .edit(
                        pool -> {
                          pool.setSpec(change.apply(pool.getSpec()));
                          return pool;
                        }));
  }

  private void label(Map<String, String> labels) {
    client
        .namespaces()
        .withName(namespace)
        .edit(
            live -> {
              live.getMetadata().getLabels().putAll(labels);
              return live;
            });
  }

  private void reserve(String ip, @Nullable ReservedFor reservedFor) {
    Address address = new Address();
    address.getMetadata().setName(ip);
    address.setSpec(new AddressSpec(ip, null, null, reservedFor));
    client.resource(address).create();
  }

  private void node(String name, String ip, String podCidr) {
    Node node =
        new NodeBuilder()
            .withNewMetadata()
            .withName(name)
            .endMetadata()
            .withNewSpec()
            .withPodCIDR(podCidr)
            .withPodCIDRs(podCidr)
            .endSpec()
            .build();
    client.resource(node).create();
    client
        .nodes()
        .withName(name)
        .editStatus(
            live ->
                new NodeBuilder(live)
                    .editOrNewStatus()
                    .addNewAddress(ip, "InternalIP")
                    .endStatus()
                    .build());
  }

  private AddressPool thePool() {
    return client.resources(AddressPool.class).withName("pool").get();
  }

  private Condition poolCondition(String type) {
    return thePool().getStatus().conditions().stream()
        .filter(condition -> condition.getType().equals(type))
        .findFirst()
        .orElseThrow();
  }

  private Address address(String ip) {
    return addresses().stream()
        .filter(address -> address.getSpec().ip().equals(ip))
        .findFirst()
        .orElseThrow();
  }

  private AddressStatus status(String ip) {
    return Optional.ofNullable(address(ip).getStatus()).orElseThrow();
  }

  private Condition orphaned(String ip) {
    return status(ip).conditions().stream().findFirst().orElseThrow();
  }

  private void awaitReason(String name, String reason) {
    await().untilAsserted(() -> assertThat(allocated(name).getReason()).isEqualTo(reason));
  }

  private Condition allocated(String name) {
    return condition(name, "ballast.dev/Allocated").orElseThrow();
  }
}
