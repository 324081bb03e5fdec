package dev.ballast.operator.service.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.ProtocolPort;
import dev.ballast.operator.ipam.ReservationTarget;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.LabelMatcher;
import dev.ballast.operator.ipam.pool.PoolRejection;
import dev.ballast.operator.ipam.pool.ServiceRef;
import java.util.Arrays;
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

  static Stream<Arguments> rejections() {
    return Stream.of(
        arguments(
            new AllocationResult.NoPool(IpFamily.IPv6, null),
            "NoPool",
            "No IPv6 address can be assigned. No AddressPool contains IPv6 addresses. Create one: kubectl explain addresspool.spec"),
        arguments(
            new AllocationResult.NoPool(IpFamily.IPv6, "lan"),
            "NoPool",
            "No IPv6 address can be assigned. The requested AddressPool lan contains no IPv6 addresses. Add some to it, or request another pool."),
        arguments(
            new AllocationResult.Exhausted(IpFamily.IPv4, List.of("a", "b")),
            "PoolExhausted",
            "No IPv4 address can be assigned. Every address of pools a, b is in use. Add addresses to a pool, or delete a Service that needs none. To list the addresses in use, run: kubectl get addresses"),
        arguments(
            new AllocationResult.Exhausted(IpFamily.IPv6, List.of("a")),
            "PoolExhausted",
            "No IPv6 address can be assigned. Every address of pool a is in use. Add addresses to a pool, or delete a Service that needs none. To list the addresses in use, run: kubectl get addresses"),
        arguments(
            new AllocationResult.PortTaken(
                TEN, new ServiceRef("shop", "web", "uid"), new ProtocolPort("TCP", 80)),
            "PortTaken",
            "Address 192.0.2.10 cannot be shared. Service shop/web uses port 80/TCP on it. Request another address, or change the port of one of the Services."),
        arguments(
            new AllocationResult.UnknownPool("lan"),
            "UnknownPool",
            "No address can be assigned. The requested AddressPool lan does not exist, or its spec is invalid. Create or correct it, or request another pool. To list the pools, run: kubectl get addresspools"),
        arguments(
            new AllocationResult.NotInPool(TEN, null),
            "AddressNotInPool",
            "Address 192.0.2.10 cannot be assigned. No AddressPool contains it. Request an address of a pool, or add this one to a pool. To list the pools, run: kubectl get addresspools"),
        arguments(
            new AllocationResult.NotInPool(TEN, "lan"),
            "AddressNotInPool",
            "Address 192.0.2.10 cannot be assigned. The requested AddressPool lan does not contain it. Request an address of a pool, or add this one to a pool. To list the pools, run: kubectl get addresspools"),
        arguments(
            new AllocationResult.AddressTaken(TEN, new ServiceRef("shop", "web", "uid")),
            "AddressTaken",
            "Address 192.0.2.10 cannot be assigned. Service shop/web holds it. Request another address, or delete that Service. Services of one namespace can share an address with the annotation ballast.dev/sharing-key."),
        arguments(
            new AllocationResult.AddressTaken(TEN, ServiceRef.reserved("192.0.2.10", "uid")),
            "AddressTaken",
            "Address 192.0.2.10 cannot be assigned. It is reserved by an Address without a claim. Request another address, or free this one: kubectl delete address 192.0.2.10"),
        arguments(
            rejected(
                new PoolRejection.OtherNamespaces(
                    "a", new LabelMatcher(Map.of("team", "x"), List.of())),
                new PoolRejection.Full("b"),
                new PoolRejection.Disabled("c")),
            "NoEligiblePool",
            "No IPv4 address can be assigned. Pool 'a' is only for namespaces with team=x. Every address of pool 'b' is in use. Pool 'c' is disabled. Label the namespace, or create a pool for it."),
        arguments(
            rejected(
                new PoolRejection.OtherServices(
                    "a", new LabelMatcher(Map.of("tier", "web"), List.of()))),
            "NoEligiblePool",
            "No IPv4 address can be assigned. Pool 'a' is only for Services with tier=web. Label the Service, or create a pool for it."),
        arguments(
            rejected(new PoolRejection.OnRequest("lan")),
            "NoEligiblePool",
            "No IPv4 address can be assigned. Pool 'lan' is only for Services that request it. Request it with the annotation ballast.dev/pool: lan, or create a pool."),
        arguments(
            rejected(new PoolRejection.Deleting("lan")),
            "NoEligiblePool",
            "No IPv4 address can be assigned. Pool 'lan' is being deleted. Create a pool, or change an existing one. To list the pools, run: kubectl get addresspools"),
        arguments(
            rejected(
                new PoolRejection.QuotaReached(
                    "lan", "shop", 6, List.of("a", "b", "c", "d", "e", "f"))),
            "QuotaReached",
            "No IPv4 address can be assigned. Namespace shop has reached its quota of 6 addresses in pool 'lan' (spec.namespaceQuota). Holders: a, b, c, d, e and 1 more. Delete a Service or a retained Address of the namespace, or raise the quota."),
        arguments(
            new AllocationResult.AddressExcluded(TEN, "AddressPool lan excludes it (spec.exclude)"),
            "AddressExcluded",
            "Address 192.0.2.10 cannot be assigned. AddressPool lan excludes it (spec.exclude). Request another address."),
        arguments(
            new AllocationResult.ReservedForOther(TEN, new ReservationTarget("shop", null)),
            "AddressReserved",
            "Address 192.0.2.10 cannot be assigned. It is reserved for Services of namespace shop. Request another address, or free this one: kubectl delete address 192.0.2.10"),
        arguments(
            new AllocationResult.ReservedForOther(TEN, new ReservationTarget("shop", "web")),
            "AddressReserved",
            "Address 192.0.2.10 cannot be assigned. It is reserved for Service shop/web. Request another address, or free this one: kubectl delete address 192.0.2.10"),
        arguments(
            new AllocationResult.NotReleased(TEN),
            "AddressNotReleased",
            "Address 192.0.2.10 cannot be assigned yet. It is reserved for this Service, but an earlier Service of the same name still holds it. Wait until that Service is deleted."),
        arguments(
            new AllocationResult.MalformedAllocationRequest(
                "192.0.2", "'192.0.2' is not an IPv4 or IPv6 address"),
            "InvalidRequest",
            "The request '192.0.2' is invalid. '192.0.2' is not an IPv4 or IPv6 address. Correct the annotation ballast.dev/address, the MetalLB annotation, or spec.loadBalancerIP."));
  }

  private static AllocationResult.RejectedByPools rejected(PoolRejection... rejections) {
    return new AllocationResult.RejectedByPools(IpFamily.IPv4, List.of(rejections));
  }

  @ParameterizedTest
  @MethodSource("rejections")
  void a_message_says_what_happened_why_and_what_to_do(
      AllocationResult.Rejected why, String reason, String message) {
    // When
    LoadBalancerState.Pending pending = AllocationMessages.of(why, List.of());

    // Then
    assertThat(pending).isEqualTo(new LoadBalancerState.Pending(reason(reason), message));
  }

  @Test
  void every_rejection_has_a_message() {
    // When
    List<AllocationResult.Rejected> examples =
        rejections().map(row -> (AllocationResult.Rejected) row.get()[0]).toList();

    // Then
    assertThat(examples)
        .extracting(Object::getClass)
        .containsAll(List.of(AllocationResult.Rejected.class.getPermittedSubclasses()));
    assertThat(examples)
        .filteredOn(AllocationResult.RejectedByPools.class::isInstance)
        .flatExtracting(rejected -> ((AllocationResult.RejectedByPools) rejected).rejections())
        .extracting(Object::getClass)
        .containsAll(List.of(PoolRejection.class.getPermittedSubclasses()));
  }

  @Test
  void a_message_names_the_address_that_the_service_has() {
    // When
    LoadBalancerState.Pending pending =
        AllocationMessages.of(new AllocationResult.UnknownPool("lan"), List.of(TEN));

    // Then
    assertThat(pending.message())
        .startsWith("The Service has 192.0.2.10. No address can be assigned.");
  }

  private static ServiceConditionReason reason(String text) {
    return Arrays.stream(ServiceConditionReason.values())
        .filter(reason -> reason.reason().equals(text))
        .findFirst()
        .orElseThrow();
  }
}
