package dev.ballast.operator.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.ProtocolPort;
import dev.ballast.operator.ipam.Reservation;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.LabelMatcher;
import dev.ballast.operator.ipam.pool.PoolRejection;
import dev.ballast.operator.ipam.pool.ServiceRef;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("feature:status")
class AllocationMessagesTest {

  private static final IpAddress TEN = IpAddress.parse("192.0.2.10").orElseThrow();

  static Stream<Arguments> refusals() {
    return Stream.of(
        arguments(
            new AllocationResult.NoPool(IpFamily.IPv6, null),
            "NoPool",
            "No IPv6 address can be assigned: no AddressPool has IPv6 addresses. Create one:"
                + " kubectl explain addresspool.spec"),
        arguments(
            new AllocationResult.NoPool(IpFamily.IPv6, "lan"),
            "NoPool",
            "No IPv6 address can be assigned: AddressPool lan, which the Service's annotation"
                + " names, has none of that family. Add some to it, or name another pool."),
        arguments(
            new AllocationResult.Exhausted(IpFamily.IPv4, List.of("a", "b")),
            "PoolExhausted",
            "No IPv4 address can be assigned: every address of pools a, b is held. Add addresses to"
                + " a pool, or delete a Service that needs none; kubectl get addresses lists the"
                + " holders."),
        arguments(
            new AllocationResult.Exhausted(IpFamily.IPv6, List.of("a")),
            "PoolExhausted",
            "No IPv6 address can be assigned: every address of pool a is held. Add addresses to a"
                + " pool, or delete a Service that needs none; kubectl get addresses lists the"
                + " holders."),
        arguments(
            new AllocationResult.PortTaken(
                TEN, new ServiceRef("shop", "web", "uid"), new ProtocolPort("TCP", 80)),
            "PortTaken",
            "Address 192.0.2.10 cannot be shared: Service shop/web has port 80/TCP there. Ask for"
                + " another address, or change the port of one of them."),
        arguments(
            new AllocationResult.UnknownPool("lan"),
            "UnknownPool",
            "No address can be assigned: AddressPool lan, which the Service's annotation names,"
                + " does not exist or cannot be read. Create or correct it, or name another pool;"
                + " kubectl get addresspools lists them."),
        arguments(
            new AllocationResult.NotInPool(TEN, null),
            "AddressNotInPool",
            "Address 192.0.2.10 cannot be assigned: no AddressPool has it. Ask for an address of a"
                + " pool, or add this one to a pool; kubectl get addresspools lists them."),
        arguments(
            new AllocationResult.NotInPool(TEN, "lan"),
            "AddressNotInPool",
            "Address 192.0.2.10 cannot be assigned: AddressPool lan, which is asked for too, has it"
                + " not. Ask for an address of a pool, or add this one to a pool; kubectl get"
                + " addresspools lists them."),
        arguments(
            new AllocationResult.AddressTaken(TEN, new ServiceRef("shop", "web", "uid")),
            "AddressTaken",
            "Address 192.0.2.10 cannot be assigned: Service shop/web holds it. Ask for another, or"
                + " delete that Service; Services of one namespace can share an address by the"
                + " annotation ballast.dev/sharing-key."),
        arguments(
            new AllocationResult.AddressTaken(TEN, ServiceRef.reserved("192.0.2.10", "uid")),
            "AddressTaken",
            "Address 192.0.2.10 cannot be assigned: it is reserved by an Address without a claim."
                + " Ask for another, or free it: kubectl delete address 192.0.2.10"),
        arguments(
            barred(
                new PoolRejection.OtherNamespaces(
                    "a", new LabelMatcher(Map.of("team", "x"), List.of())),
                new PoolRejection.Full("b"),
                new PoolRejection.Disabled("c")),
            "PoolRules",
            "No IPv4 address can be assigned: pool 'a' is for namespaces with team=x; every address"
                + " of pool 'b' is held; pool 'c' is disabled. Label the namespace, or create a"
                + " pool for it."),
        arguments(
            barred(
                new PoolRejection.OtherServices(
                    "a", new LabelMatcher(Map.of("tier", "web"), List.of()))),
            "PoolRules",
            "No IPv4 address can be assigned: pool 'a' is for Services with tier=web. Label the"
                + " Service, or create a pool for it."),
        arguments(
            barred(new PoolRejection.OnRequest("lan")),
            "PoolRules",
            "No IPv4 address can be assigned: pool 'lan' is only for Services that ask for it. Ask"
                + " for it by the annotation ballast.dev/pool: lan, or create a pool."),
        arguments(
            barred(new PoolRejection.Deleting("lan")),
            "PoolRules",
            "No IPv4 address can be assigned: pool 'lan' is being deleted. Create a pool, or change"
                + " one: kubectl get addresspools"),
        arguments(
            barred(
                new PoolRejection.QuotaReached(
                    "lan", "shop", 6, List.of("a", "b", "c", "d", "e", "f"))),
            "QuotaReached",
            "No IPv4 address can be assigned: namespace shop may have 6 of pool 'lan'"
                + " (spec.namespaceQuota), and has them: a, b, c, d, e and 1 more. Delete one of"
                + " them, or raise the quota."),
        arguments(
            new AllocationResult.AddressExcluded(TEN, "AddressPool lan excludes it (spec.exclude)"),
            "AddressWithheld",
            "Address 192.0.2.10 cannot be assigned: AddressPool lan excludes it (spec.exclude). Ask"
                + " for another."),
        arguments(
            new AllocationResult.ReservedForOther(TEN, new Reservation("shop", null)),
            "AddressReserved",
            "Address 192.0.2.10 cannot be assigned: it is reserved for Services of namespace shop."
                + " Ask for another, or free it: kubectl delete address 192.0.2.10"),
        arguments(
            new AllocationResult.ReservedForOther(TEN, new Reservation("shop", "web")),
            "AddressReserved",
            "Address 192.0.2.10 cannot be assigned: it is reserved for Service shop/web. Ask for"
                + " another, or free it: kubectl delete address 192.0.2.10"),
        arguments(
            new AllocationResult.NotReleased(TEN),
            "AddressNotReleased",
            "Address 192.0.2.10 is kept for this Service, and is assigned once an earlier one of"
                + " its name has let it go."),
        arguments(
            new AllocationResult.MalformedAllocationRequest(
                "192.0.2", "'192.0.2' is not an IPv4 or IPv6 address"),
            "InvalidRequest",
            "The address asked for, '192.0.2', cannot be assigned: '192.0.2' is not an IPv4 or IPv6"
                + " address. Correct the annotation ballast.dev/address, MetalLB's or"
                + " spec.loadBalancerIP, whichever asks."));
  }

  private static AllocationResult.RejectedByPools barred(PoolRejection... rejections) {
    return new AllocationResult.RejectedByPools(IpFamily.IPv4, List.of(rejections));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void a_message_says_what_happened_why_and_what_to_do(
      AllocationResult.Rejected why, String reason, String words) {
    // When
    LoadBalancerState.Pending refusal = AllocationMessages.of(why, List.of());

    // Then
    assertThat(refusal).isEqualTo(new LoadBalancerState.Pending(reason, words));
  }

  @Test
  void every_rejection_has_a_message() {
    // When
    List<AllocationResult.Rejected> tried =
        refusals().map(row -> (AllocationResult.Rejected) row.get()[0]).toList();

    // Then
    assertThat(tried)
        .extracting(Object::getClass)
        .containsAll(List.of(AllocationResult.Rejected.class.getPermittedSubclasses()));
    assertThat(tried)
        .filteredOn(AllocationResult.RejectedByPools.class::isInstance)
        .flatExtracting(barred -> ((AllocationResult.RejectedByPools) barred).rejections())
        .extracting(Object::getClass)
        .containsAll(List.of(PoolRejection.class.getPermittedSubclasses()));
  }

  @Test
  void a_message_names_the_address_that_the_service_has() {
    // When
    LoadBalancerState.Pending refusal =
        AllocationMessages.of(new AllocationResult.UnknownPool("lan"), List.of(TEN));

    // Then
    assertThat(refusal.message()).endsWith(" Meanwhile the Service has 192.0.2.10.");
  }
}
