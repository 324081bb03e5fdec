package dev.ballast.operator.ipam;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.operator.ipam.net.ClusterAddresses;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.net.TestRanges;
import dev.ballast.operator.ipam.pool.PoolPolicy;
import dev.ballast.operator.ipam.pool.PoolRanges;
import dev.ballast.operator.ipam.pool.PoolUsage;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which addresses pools have, and what they are told of them. */
@Tag("feature:address")
class PoolOverlapTest extends PoolTableTest {

  @Test
  void
      excluded_and_avoided_addresses_are_neither_assigned_nor_counted_and_a_request_gets_the_cause() {
    // Given
    allocator.putPool(
        "lan",
        new PoolRanges(
            TestRanges.of("192.0.2.254-192.0.3.2", "2001:db8::/127"),
            TestRanges.of("192.0.3.1", "2001:db8::1-2001:db8::f"),
            true),
        PoolPolicy.OPEN);

    // When
    PoolReport report = allocator.report("lan");

    // Then
    assertThat(report.of(IpFamily.IPv4)).contains(new PoolUsage(2, 0));
    assertThat(report.of(IpFamily.IPv6)).contains(new PoolUsage(1, 0));
    assertThat(choose(WEB, ip("192.0.3.1"), null))
        .isEqualTo(
            new AllocationResult.AddressExcluded(
                ip("192.0.3.1"), "AddressPool lan excludes it (spec.exclude)"));
    assertThat(choose(WEB, ip("192.0.3.0"), null))
        .isEqualTo(
            new AllocationResult.AddressExcluded(
                ip("192.0.3.0"),
                "AddressPool lan avoids addresses that end in .0 or .255 (spec.avoidBuggyIPs)"));
    assertThat(choose(WEB, null, null)).isInstanceOf(AllocationResult.Assigned.class);
    assertThat(choose(DB, null, null)).isInstanceOf(AllocationResult.Assigned.class);
    assertThat(choose(DB, null, null)).isInstanceOf(AllocationResult.Exhausted.class);
  }

  @Test
  void the_first_of_two_pools_assigns_their_common_addresses() {
    // Given
    allocator.putPool("a", PoolRanges.of(TestRanges.of("192.0.2.0-192.0.2.5")), PoolPolicy.OPEN);
    allocator.putPool(
        "b", PoolRanges.of(TestRanges.of("192.0.2.4-192.0.2.9")), policy().priority(1).build());

    // When
    PoolReport first = allocator.report("b");
    PoolReport second = allocator.report("a");

    // Then
    assertThat(first.total()).isEqualTo(new PoolUsage(6, 0));
    assertThat(second.total()).isEqualTo(new PoolUsage(4, 0));
    assertThat(first.overlaps())
        .containsExactly("AddressPool a has 192.0.2.4-192.0.2.5, too, which this pool gives");
    assertThat(second.overlaps())
        .containsExactly("AddressPool b has 192.0.2.4-192.0.2.5, too, which that pool gives");
    assertThat(choose(WEB, ip("192.0.2.4"), "a"))
        .isEqualTo(
            new AllocationResult.AddressExcluded(
                ip("192.0.2.4"), "AddressPool b has it too, and gives it in place of a"));
  }

  @Test
  void addresses_of_nodes_are_never_assigned_and_other_overlaps_are_reported() {
    // Given
    allocator.putPool(
        "lan", PoolRanges.of(TestRanges.of("192.0.2.10-192.0.2.20")), PoolPolicy.OPEN);

    // When
    allocator.surround(
        new ClusterAddresses(
            Map.of(TEN, "n1"),
            List.of(
                new ClusterAddresses.NamedRange(
                    "the Pod CIDR of node n2", TestRanges.of("192.0.2.16/28").getFirst()))));

    // Then
    assertThat(allocator.report("lan").overlaps())
        .containsExactly(
            "192.0.2.10 is the address of node n1, and is never given",
            "192.0.2.16-192.0.2.20 is of the Pod CIDR of node n2");
    assertThat(allocator.usage("lan")).isEqualTo(new PoolUsage(10, 0));
    assertThat(choose(WEB, TEN, null))
        .isEqualTo(new AllocationResult.AddressExcluded(TEN, "it is the address of node n1"));
  }

  @Test
  void an_address_that_no_host_can_have_is_never_assigned_and_the_pool_reports_it() {
    // Given
    allocator.putPool(
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
    PoolReport report = allocator.report("lan");

    // Then
    assertThat(report.of(IpFamily.IPv4)).contains(new PoolUsage(2, 0));
    assertThat(report.of(IpFamily.IPv6)).contains(new PoolUsage(2, 0));
    assertThat(report.overlaps())
        .containsExactly(
            "0.0.0.0 is the unspecified address, and never given",
            "224.0.0.0-224.0.0.1 is multicast, and never given",
            "255.255.255.255 is the limited broadcast address, and never given",
            ":: is the unspecified address, and never given",
            "febf:ffff::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff is link-local, and never given",
            "ff02::1 is multicast, and never given");
    assertThat(choose(WEB, ip("224.0.0.1"), null))
        .isEqualTo(
            new AllocationResult.AddressExcluded(
                ip("224.0.0.1"), "it is multicast, and no host's"));
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
  void a_pool_of_a_whole_subnet_reports_its_network_broadcast_and_gateway_addresses(
      String entry, @Nullable String excluded, boolean told) {
    // Given
    allocator.surround(new ClusterAddresses(Map.of(TEN, "n1"), List.of()));

    // When
    allocator.putPool(
        "lan",
        new PoolRanges(
            TestRanges.of(entry),
            excluded == null ? List.of() : TestRanges.of(excluded.split(" ")),
            false),
        PoolPolicy.OPEN);

    // Then
    assertThat(
            allocator.report("lan").overlaps().stream().anyMatch(word -> word.contains("gateway")))
        .isEqualTo(told);
  }
}
