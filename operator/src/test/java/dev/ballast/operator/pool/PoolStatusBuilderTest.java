package dev.ballast.operator.pool;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.AddressPoolSpec;
import dev.ballast.api.v1alpha1.AddressPoolStatus;
import dev.ballast.api.v1alpha1.AnnounceSpec;
import dev.ballast.api.v1alpha1.AnnounceStatus;
import dev.ballast.operator.ipam.PoolReport;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.ClusterAddresses;
import dev.ballast.operator.ipam.pool.PoolUsage;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The conditions of a pool, also for a spec that the API server lets through. */
class PoolStatusBuilderTest {

  private static final NodeLabels NODES =
      new NodeLabels(
          Map.of(
              "n1", Map.of("tier", "edge", "zone", "a"),
              "n2", Map.of("tier", "edge"),
              "n3", Map.of("zone", "b")));
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      nullValues = "-",
      value = {
        "2001:db8::2-2001:db8::1 | - | - | The entry '2001:db8::2-2001:db8::1' of spec.addresses is invalid, because its first address is higher than its last address. Correct spec.addresses.",
        "2001:db8::/64,2001:db8::ffff-2001:db8::1:0 | - | - | The entry '2001:db8::ffff-2001:db8::1:0' of spec.addresses is invalid, because it overlaps 2001:db8::-2001:db8::ffff:ffff:ffff:ffff of the same pool. Correct spec.addresses.",
        "192.0.2.0/28 | 2001:db8::2-2001:db8::1 | - | The entry '2001:db8::2-2001:db8::1' of spec.exclude is invalid, because its first address is higher than its last address. Correct spec.exclude.",
        "192.0.2.0/28 | - | Like | The entry 'Like' of spec.namespaceSelector is invalid, because it is not one of the operators In, NotIn, Exists and DoesNotExist. Correct spec.namespaceSelector.",
      })
  void an_invalid_entry_is_named_with_the_reason(
      String addresses, @Nullable String exclude, @Nullable String operator, String message) {
    // Given
    LabelSelector selector =
        operator == null
            ? null
            : new LabelSelectorBuilder()
                .addNewMatchExpression()
                .withKey("team")
                .withOperator(operator)
                .endMatchExpression()
                .build();
    AddressPool pool =
        pool(
            new AddressPoolSpec(
                List.of(addresses.split(",")),
                exclude == null ? null : List.of(exclude),
                null,
                null,
                null,
                null,
                selector,
                null,
                null,
                null,
                null));

    // When
    AddressPoolStatus status = status(pool, new PoolUsage(0, 0));

    // Then
    assertThat(ready(status).getReason()).isEqualTo("Malformed");
    assertThat(ready(status).getMessage()).isEqualTo("The pool assigns no addresses. " + message);
    assertThat(status.capacity()).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "9, 3, false, True,  Usable",
    "3, 3, false, False, Exhausted",
    "0, 0, false, False, Empty",
    "9, 3, true,  False, Disabled",
  })
  void ready_says_whether_the_pool_assigns_addresses(
      long capacity, long allocated, boolean disabled, String ready, String reason) {
    // Given
    AddressPool pool =
        pool(
            new AddressPoolSpec(
                List.of("192.0.2.0/28"),
                null,
                null,
                null,
                disabled,
                null,
                null,
                null,
                null,
                null,
                null));

    // When
    AddressPoolStatus status = status(pool, new PoolUsage(capacity, allocated));

    // Then
    assertThat(ready(status).getStatus()).isEqualTo(ready);
    assertThat(ready(status).getReason()).isEqualTo(reason);
    assertThat(status.ipv6()).isNull();
    assertThat(status.available()).isEqualTo(capacity - allocated);
  }

  @Test
  void a_message_names_the_first_five_overlaps() {
    // Given
    List<String> overlaps = List.of("a", "b", "c", "d", "e", "f", "g");

    // When
    AddressPoolStatus status =
        PoolStatusBuilder.of(
            pool(AddressPoolSpec.of(List.of("192.0.2.0/28"))),
            new PoolReport(Map.of(), false, 0, overlaps, List.of()),
            List.of(),
            NodeLabels.NONE,
            NOW);

    // Then
    assertThat(status.conditions().getLast().getMessage()).isEqualTo("a. b. c. d. e. 2 more.");
  }

  @Test
  void addresses_that_other_machines_use_are_named() {
    // Given
    String conflict = "192.0.2.1: already in use by 52:54:00:00:00:01";

    // When
    AddressPoolStatus status =
        PoolStatusBuilder.of(
            pool(AddressPoolSpec.of(List.of("192.0.2.0/28"))),
            new PoolReport(Map.of(), false, 0, List.of(), List.of(conflict)),
            List.of(),
            NodeLabels.NONE,
            NOW);

    // Then
    assertThat(status.conditions().getLast().getType()).isEqualTo("Conflict");
    assertThat(status.conditions().getLast().getReason()).isEqualTo("AddressInUse");
    assertThat(status.conditions().getLast().getMessage()).isEqualTo(conflict + ".");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tier   | edge | n1,n2 | True  | NodesSelected  | spec.announce.nodeSelector matches 2 nodes: n1, n2.",
        "zone   | b    | n3    | True  | NodesSelected  | spec.announce.nodeSelector matches one node: n3.",
        "tier   | core | ''    | False | NoNodeSelected | No node can take an address of the pool. No node matches spec.announce.nodeSelector (tier=core). Addresses that a node announces stay there. Label a node, or correct the selector.",
      })
  void the_nodes_that_the_pool_selects_are_named(
      String label, String value, String nodes, String status, String reason, String message) {
    // Given
    AddressPool pool = announcing(selector(label, value), null);

    // When
    AddressPoolStatus built = status(pool, new PoolUsage(9, 3));

    // Then
    assertThat(String.join(",", requireNonNull(built.announce()).nodes())).isEqualTo(nodes);
    Condition condition = built.conditions().getLast();
    assertThat(condition.getType()).isEqualTo("Announceable");
    assertThat(condition.getStatus()).isEqualTo(status);
    assertThat(condition.getReason()).isEqualTo(reason);
    assertThat(condition.getMessage()).isEqualTo(message);
  }

  @Test
  void the_preferred_nodes_are_resolved_too_and_need_no_condition() {
    // Given
    AddressPool pool = announcing(null, selector("zone", "b"));

    // When
    AddressPoolStatus status = status(pool, new PoolUsage(9, 3));

    // Then
    assertThat(status.announce()).isEqualTo(new AnnounceStatus(List.of(), List.of("n3")));
    assertThat(status.conditions()).extracting(Condition::getType).containsExactly("Ready");
  }

  @Test
  void without_selectors_no_node_is_resolved() {
    // Given
    AddressPool pool = announcing(null, null);

    // When
    AddressPoolStatus status = status(pool, new PoolUsage(9, 3));

    // Then
    assertThat(status.announce()).isNull();
  }

  @Test
  void the_nodes_of_a_malformed_pool_stay_as_they_are() {
    // Given
    LabelSelector selector =
        new LabelSelectorBuilder()
            .addNewMatchExpression()
            .withKey("tier")
            .withOperator("Like")
            .endMatchExpression()
            .build();
    AddressPool pool = announcing(selector, null);
    var before = new AnnounceStatus(List.of("n1"), List.of());
    pool.setStatus(
        new AddressPoolStatus(1L, null, null, null, null, null, null, before, List.of()));

    // When
    AddressPoolStatus status = status(pool, new PoolUsage(9, 3));

    // Then
    assertThat(ready(status).getReason()).isEqualTo("Malformed");
    assertThat(ready(status).getMessage()).contains("spec.announce.nodeSelector");
    assertThat(status.announce()).isEqualTo(before);
  }

  private static LabelSelector selector(String label, String value) {
    return new LabelSelectorBuilder().addToMatchLabels(label, value).build();
  }

  private static AddressPool announcing(
      @Nullable LabelSelector nodes, @Nullable LabelSelector preferred) {
    AddressPoolSpec spec = AddressPoolSpec.of(List.of("192.0.2.0/28"));
    return pool(
        new AddressPoolSpec(
            spec.addresses(),
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            new AnnounceSpec(nodes, preferred, List.of("eth1"))));
  }

  @Test
  void without_service_cidrs_the_address_of_the_api_server_is_reported() {
    // Given
    Service kubernetes =
        new ServiceBuilder().withNewSpec().withClusterIPs("10.96.0.1").endSpec().build();
    Node node =
        new NodeBuilder()
            .withNewMetadata()
            .withName("n1")
            .endMetadata()
            .withNewStatus()
            .addNewAddress("n1.example.com", "Hostname")
            .addNewAddress("192.0.2.1", "InternalIP")
            .endStatus()
            .build();

    // When
    ClusterAddresses clusterAddresses =
        ClusterAddressReader.of(List.of(node), List.of(), kubernetes);

    // Then
    assertThat(clusterAddresses.nodeAddresses()).hasSize(1).containsValue("n1");
    assertThat(clusterAddresses.ranges())
        .singleElement()
        .satisfies(
            other -> {
              assertThat(other.description()).isEqualTo("the Service default/kubernetes");
              assertThat(other.range()).hasToString("10.96.0.1");
            });
  }

  private static AddressPoolStatus status(AddressPool pool, PoolUsage usage) {
    return PoolStatusBuilder.of(
        pool,
        new PoolReport(Map.of(IpFamily.IPv4, usage), false, 0, List.of(), List.of()),
        List.of(),
        NODES,
        NOW);
  }

  private static AddressPool pool(AddressPoolSpec spec) {
    AddressPool pool = new AddressPool();
    pool.getMetadata().setName("pool");
    pool.getMetadata().setGeneration(1L);
    pool.setSpec(spec);
    return pool;
  }

  private static Condition ready(AddressPoolStatus status) {
    return status.conditions().getFirst();
  }
}
