package dev.ballast.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.AddressPoolSpec;
import dev.ballast.api.v1alpha1.AddressStatus;
import dev.ballast.api.v1alpha1.AnnounceSpec;
import dev.ballast.api.v1alpha1.AnnounceStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The operator resolves the node selectors of pools, and says which pool has an address. */
@Tag("feature:announce")
class PoolAnnounceTest extends ApiServerTest {

  private static final String TEN = "192.0.2.10";

  private BallastOperator operator;
  private FakeDataPlane dataPlane;

  PoolAnnounceTest(KubernetesClient client) {
    super(client);
  }

  @BeforeEach
  void createNodes() {
    node("n1", Map.of("role", "edge"));
    node("n2", Map.of());
  }

  /** After the pools, since the operator counts the addresses of a new pool a while later. */
  private void start() throws IOException {
    operator = startOperator(ALONE);
    dataPlane = new FakeDataPlane(client);
  }

  @AfterEach
  void stop() {
    client.nodes().delete();
    clear();
    operator.stop();
    dataPlane.close();
  }

  @Test
  void the_status_of_a_pool_has_the_nodes_that_it_selects() throws IOException {
    // Given
    selectingPool("pool", "edge");

    // When
    start();

    // Then
    await()
        .untilAsserted(
            () ->
                assertThat(announce("pool"))
                    .isEqualTo(new AnnounceStatus(List.of("n1"), List.of())));
    assertThat(announceable("pool").getMessage())
        .isEqualTo("spec.announce.nodeSelector matches one node: n1.");
  }

  @Test
  void a_label_of_a_node_takes_effect_soon() throws IOException {
    // Given
    selectingPool("pool", "core");
    start();
    await()
        .untilAsserted(
            () -> assertThat(announceable("pool").getReason()).isEqualTo("NoNodeSelected"));

    // When
    client
        .nodes()
        .withName("n2")
        .edit(
            node -> {
              node.getMetadata().setLabels(Map.of("role", "core"));
              return node;
            });

    // Then
    await().untilAsserted(() -> assertThat(announce("pool").nodes()).containsExactly("n2"));
    assertThat(announceable("pool").getReason()).isEqualTo("NodesSelected");
  }

  @Test
  void a_node_that_is_deleted_is_not_selected() throws IOException {
    // Given
    selectingPool("pool", "edge");
    start();
    await().untilAsserted(() -> assertThat(announce("pool").nodes()).containsExactly("n1"));

    // When
    client.nodes().withName("n1").delete();

    // Then
    await().untilAsserted(() -> assertThat(announce("pool").nodes()).isEmpty());
  }

  @Test
  void an_address_of_a_deleted_pool_has_the_name_of_the_pool_that_has_it_now() throws IOException {
    // Given
    namedPool("old", TEN);
    start();
    create(loadBalancer("web", 80));
    await().untilAsserted(() -> assertThat(published("web")).isEqualTo(TEN));
    selectingPool("other", "edge");

    // When
    client.resources(AddressPool.class).withName("old").delete();

    // Then
    await().untilAsserted(() -> assertThat(address().getStatus().pool()).isEqualTo("other"));
    assertThat(address().getSpec().pool()).isEqualTo("old");
  }

  private Address address() {
    Address address = client.resources(Address.class).withName(TEN).get();
    return address.getStatus() == null ? withEmptyStatus(address) : address;
  }

  private static Address withEmptyStatus(Address address) {
    address.setStatus(new AddressStatus(null, "", List.of()));
    return address;
  }

  private AnnounceStatus announce(String pool) {
    AddressPool live = client.resources(AddressPool.class).withName(pool).get();
    return live.getStatus() == null
        ? new AnnounceStatus(List.of(), List.of())
        : Objects.requireNonNullElse(
            live.getStatus().announce(), new AnnounceStatus(List.of(), List.of()));
  }

  private Condition announceable(String pool) {
    return client
        .resources(AddressPool.class)
        .withName(pool)
        .get()
        .getStatus()
        .conditions()
        .stream()
        .filter(condition -> condition.getType().equals("Announceable"))
        .findFirst()
        .orElseThrow();
  }

  private void selectingPool(String name, String role) {
    AddressPool pool = new AddressPool();
    pool.getMetadata().setName(name);
    var announce =
        new AnnounceSpec(
            new LabelSelectorBuilder().addToMatchLabels("role", role).build(), null, List.of());
    pool.setSpec(
        new AddressPoolSpec(
            List.of(TEN), null, null, null, null, null, null, null, null, null, announce));
    client.resource(pool).create();
  }

  private void node(String name, Map<String, String> labels) {
    Node node =
        new NodeBuilder().withNewMetadata().withName(name).withLabels(labels).endMetadata().build();
    client.resource(node).create();
  }
}
