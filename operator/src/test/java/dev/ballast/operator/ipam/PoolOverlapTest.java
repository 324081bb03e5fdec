package dev.ballast.operator.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.ClusterAddresses;
import dev.ballast.operator.ipam.pool.PoolPolicy;
import dev.ballast.operator.ipam.pool.PoolRanges;
import dev.ballast.operator.ipam.pool.PoolUsage;
import dev.ballast.operator.ipam.pool.TestRanges;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pools that overlap each other, the cluster or special-purpose ranges, and excluded addresses. */
@Tag("feature:address")
class PoolOverlapTest extends PoolTestBase {

  @Test
  void excluded_addresses_are_not_counted_and_a_request_for_one_is_rejected_with_the_reason() {
    // Given
    ipam.pools()
        .put(
            "lan",
            new PoolRanges(
                TestRanges.of("192.0.2.254-192.0.3.2", "2001:db8::/127"),
                TestRanges.of("192.0.3.1", "2001:db8::1-2001:db8::f"),
                true),
            PoolPolicy.OPEN);

    // When
    PoolReport report = ipam.statistics().report("lan");

    // Then
    assertThat(report.of(IpFamily.IPv4)).contains(new PoolUsage(2, 0));
    assertThat(report.of(IpFamily.IPv6)).contains(new PoolUsage(1, 0));
    assertThat(allocate(WEB, ip("192.0.3.1"), null))
        .isEqualTo(
            new AllocationResult.AddressExcluded(
                ip("192.0.3.1"), "AddressPool lan excludes it with spec.exclude"));
    assertThat(allocate(WEB, ip("192.0.3.0"), null))
        .isEqualTo(
            new AllocationResult.AddressExcluded(
                ip("192.0.3.0"),
                "AddressPool lan excludes addresses that end in .0 or .255 with spec.avoidBuggyIPs"));
    assertThat(allocate(WEB, null, null)).isInstanceOf(AllocationResult.Assigned.class);
    assertThat(allocate(DB, null, null)).isInstanceOf(AllocationResult.Assigned.class);
    assertThat(allocate(DB, null, null)).isInstanceOf(AllocationResult.Exhausted.class);
  }

  @Test
  void addresses_of_two_pools_are_allocated_by_the_one_with_the_higher_priority() {
    // Given
    ipam.pools().put("a", PoolRanges.of(TestRanges.of("192.0.2.0-192.0.2.5")), PoolPolicy.OPEN);
    ipam.pools()
        .put(
            "b", PoolRanges.of(TestRanges.of("192.0.2.4-192.0.2.9")), policy().priority(1).build());

    // When
    PoolReport first = ipam.statistics().report("b");
    PoolReport second = ipam.statistics().report("a");

    // Then
    assertThat(first.total()).isEqualTo(new PoolUsage(6, 0));
    assertThat(second.total()).isEqualTo(new PoolUsage(4, 0));
    assertThat(first.overlaps())
        .containsExactly(
            "AddressPool a also contains 192.0.2.4-192.0.2.5. This pool takes precedence.");
    assertThat(second.overlaps())
        .containsExactly(
            "AddressPool b also contains 192.0.2.4-192.0.2.5. That pool takes precedence.");
    assertThat(allocate(WEB, ip("192.0.2.4"), "a"))
        .isEqualTo(
            new AllocationResult.AddressExcluded(
                ip("192.0.2.4"),
                "AddressPool b also contains it and takes precedence over AddressPool a"));
  }

  @Test
  void the_address_of_a_node_is_never_allocated_and_overlaps_with_the_cluster_are_reported() {
    // Given
    ipam.pools().put("lan", PoolRanges.of(TestRanges.of("192.0.2.10-192.0.2.20")), PoolPolicy.OPEN);

    // When
    ipam.pools()
        .setClusterAddresses(
            new ClusterAddresses(
                Map.of(TEN, "n1"),
                List.of(
                    new ClusterAddresses.NamedRange(
                        "the Pod CIDR of node n2", TestRanges.of("192.0.2.16/28").getFirst()))));

    // Then
    assertThat(ipam.statistics().report("lan").overlaps())
        .containsExactly(
            "192.0.2.10 is the address of node n1. It is never assigned.",
            "192.0.2.16-192.0.2.20 belongs to the Pod CIDR of node n2.");
    assertThat(ipam.statistics().usage("lan")).isEqualTo(new PoolUsage(10, 0));
    assertThat(allocate(WEB, TEN, null))
        .isEqualTo(new AllocationResult.AddressExcluded(TEN, "it is the address of node n1"));
  }

  @Test
  void a_special_purpose_address_is_never_allocated_and_the_overlap_is_reported() {
    // Given
    ipam.pools()
        .put(
            "lan",
            PoolRanges.of(
                TestRanges.of(
                    "0.0.0.0",
                    "223.255.255.255-224.0.0.1",
                    "255.255.255.254/31",
                    "::/127",
                    "febf:ffff::-fec0::",
                    "ff02::1")),
            PoolPolicy.OPEN);

    // When
    PoolReport report = ipam.statistics().report("lan");

    // Then
    assertThat(report.of(IpFamily.IPv4)).contains(new PoolUsage(2, 0));
    assertThat(report.of(IpFamily.IPv6)).contains(new PoolUsage(2, 0));
    assertThat(report.overlaps())
        .containsExactly(
            "0.0.0.0 has a special purpose (the unspecified address). It is never assigned.",
            "224.0.0.0-224.0.0.1 has a special purpose (multicast). It is never assigned.",
            "255.255.255.255 has a special purpose (the limited broadcast address). It is never assigned.",
            ":: has a special purpose (the unspecified address). It is never assigned.",
            "febf:ffff::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff has a special purpose (link-local). It is never assigned.",
            "ff02::1 has a special purpose (multicast). It is never assigned.");
    assertThat(allocate(WEB, ip("224.0.0.1"), null))
        .isEqualTo(
            new AllocationResult.AddressExcluded(
                ip("224.0.0.1"), "it has a special purpose (multicast)"));
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.0/24, , true",
    "192.0.2.0/28, , true",
    "192.0.2.0-192.0.2.15, , true",
    "192.0.2.0/24, 192.0.2.0, true",
    "192.0.2.0/24, 192.0.2.0 192.0.2.255, false",
    "192.0.2.1-192.0.2.254, , false",
    "192.0.2.10/31, , false",
    "192.0.2.16/28, , false",
  })
  void a_pool_that_is_the_subnet_of_a_node_is_reported_with_the_addresses_to_exclude(
      String entry, @Nullable String excluded, boolean warned) {
    // Given
    ipam.pools().setClusterAddresses(new ClusterAddresses(Map.of(TEN, "n1"), List.of()));

    // When
    ipam.pools()
        .put(
            "lan",
            new PoolRanges(
                TestRanges.of(entry),
                excluded == null ? List.of() : TestRanges.of(excluded.split(" ")),
                false),
            PoolPolicy.OPEN);

    // Then
    assertThat(
            ipam.statistics().report("lan").overlaps().stream()
                .anyMatch(warning -> warning.contains("gateway")))
        .isEqualTo(warned);
  }
}
