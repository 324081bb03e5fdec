package dev.ballast.dataplane.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.AddressPoolSpec;
import dev.ballast.api.v1alpha1.AddressPoolStatus;
import dev.ballast.api.v1alpha1.AnnounceSpec;
import dev.ballast.api.v1alpha1.AnnounceStatus;
import dev.ballast.dataplane.core.address.AnnouncePolicy;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a data plane reads of an AddressPool. */
@Tag("feature:announce")
class AnnouncePoliciesTest {

  private static final InetAddress ADDRESS = InetAddress.ofLiteral("192.0.2.1");
  private static final LabelSelector EDGE =
      new LabelSelectorBuilder().addToMatchLabels("role", "edge").build();

  private final Map<InetAddress, String> poolOf = new HashMap<>(Map.of(ADDRESS, "lan"));
  private int changes;
  private final AnnouncePolicies policies =
      new AnnouncePolicies(
          new SimpleMeterRegistry(),
          address -> Optional.ofNullable(poolOf.get(address)),
          () -> changes++);

  @Test
  void a_pool_without_rules_lets_every_node_announce() {
    // When
    put("lan", null, null);

    // Then
    assertThat(policies.of(ADDRESS)).isEqualTo(AnnouncePolicy.ALL);
  }

  @Test
  void the_operator_says_which_nodes_the_selectors_select() {
    // When
    put(
        "lan",
        new AnnounceSpec(EDGE, EDGE, List.of("eth1")),
        new AnnounceStatus(List.of("n1", "n2"), List.of("n2")));

    // Then
    assertThat(policies.of(ADDRESS))
        .isEqualTo(
            new AnnouncePolicy(
                "lan", Optional.of(Set.of("n1", "n2")), Set.of("n2"), List.of("eth1")));
  }

  @Test
  void a_selector_that_is_not_resolved_yet_selects_no_node() {
    // When
    put("lan", new AnnounceSpec(EDGE, EDGE, List.of()), null);

    // Then
    assertThat(policies.of(ADDRESS))
        .isEqualTo(new AnnouncePolicy("lan", Optional.of(Set.of()), Set.of(), List.of()));
  }

  @Test
  void nodes_of_a_selector_that_was_removed_do_not_count() {
    // When
    put(
        "lan",
        new AnnounceSpec(null, null, List.of("eth1")),
        new AnnounceStatus(List.of("n1"), List.of("n1")));

    // Then
    assertThat(policies.of(ADDRESS))
        .isEqualTo(new AnnouncePolicy("lan", Optional.empty(), Set.of(), List.of("eth1")));
  }

  @Test
  void an_address_without_a_pool_or_of_an_unknown_one_may_be_announced_by_every_node() {
    // Given
    put("lan", new AnnounceSpec(EDGE, null, List.of()), null);
    poolOf.put(ADDRESS, "gone");

    // When
    AnnouncePolicy policy = policies.of(ADDRESS);

    // Then
    assertThat(policy).isEqualTo(AnnouncePolicy.ALL);
    assertThat(policies.of(InetAddress.ofLiteral("192.0.2.2"))).isEqualTo(AnnouncePolicy.ALL);
  }

  @Test
  void only_a_change_of_the_rules_is_a_change() {
    // Given
    var spec = new AnnounceSpec(EDGE, null, List.of());
    put("lan", spec, new AnnounceStatus(List.of("n1", "n2"), List.of()));
    changes = 0;

    // When
    put("lan", spec, new AnnounceStatus(List.of("n2", "n1"), List.of()));
    put("lan", spec, new AnnounceStatus(List.of("n2"), List.of()));

    // Then
    assertThat(changes).isEqualTo(1);
  }

  private void put(
      String name, @Nullable AnnounceSpec announce, @Nullable AnnounceStatus resolved) {
    AddressPool pool = new AddressPool();
    pool.getMetadata().setName(name);
    pool.setSpec(
        new AddressPoolSpec(
            List.of("192.0.2.0/24"),
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            announce));
    pool.setStatus(new AddressPoolStatus(1L, 1L, 1L, 1L, null, null, null, resolved, List.of()));
    policies.store().put(policies.store().getKey(pool), pool);
  }
}
