package dev.ballast.operator.address;

import dev.ballast.operator.ipam.AddressClaim;
import dev.ballast.operator.ipam.AddressRequest;
import dev.ballast.operator.ipam.AddressRequests;
import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.Allocator;
import dev.ballast.operator.ipam.Ipam;
import dev.ballast.operator.ipam.OrphanedAddresses;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.ServiceContext;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.observe.OperatorMetrics;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Claims addresses for Services and releases them. A claim is an Address object that is named by
 * its address, so the API server rejects a second one even if the state of this process is stale.
 */
public final class AddressClaimer {

  private final Allocator allocator;
  private final OrphanedAddresses orphanedAddresses;
  private final OperatorMetrics metrics;
  private final AddressClaimWriter addressClaimWriter;
  private final AddressAssigner addressAssigner;

  public AddressClaimer(KubernetesClient client, Ipam ipam, OperatorMetrics metrics) {
    this.allocator = ipam.allocator();
    this.orphanedAddresses = ipam.orphans();
    this.metrics = metrics;
    this.addressClaimWriter = new AddressClaimWriter(client, allocator);
    this.addressAssigner = new AddressAssigner(client, allocator, addressClaimWriter);
  }

  /** The addresses that this Service holds. */
  public List<IpAddress> addressesOf(String uid) {
    return allocator.addressesOf(uid);
  }

  /** Why the address is orphaned, as a clause of a message; empty if it is not. */
  public Optional<String> orphanReason(IpAddress address) {
    return orphanedAddresses.reason(address);
  }

  /** Services of the same name, but another UID, that hold addresses: deleted ones, as a rule. */
  public Set<ServiceRef> predecessorsOf(ServiceRef serviceRef) {
    return allocator.predecessorsOf(serviceRef);
  }

  /** All Services that hold an address. */
  Set<ServiceRef> holders() {
    return allocator.holders();
  }

  /**
   * Keeps the addresses that satisfy the requests, and claims an address for each other request.
   * Every family is claimed on its own: a rejected request does not release the address of another
   * family. If two addresses satisfy a request, the published one is kept, else the older one.
   *
   * @throws KubernetesClientException to be retried
   */
  public ClaimResult claim(
      AddressClaim claim, AddressRequests requests, ServiceContext serviceContext) {
    return switch (requests) {
      case AddressRequests.ParsedRequests(var parsed) -> claim(claim, parsed, serviceContext);
      case AddressRequests.MalformedRequest(var text, var reason) -> {
        var malformed = new AllocationResult.MalformedAllocationRequest(text, reason);
        metrics.recordAllocation(malformed);
        List<IpAddress> held = firstOfEachFamily(claim.serviceRef(), serviceContext);
        yield new ClaimResult.NotClaimed(malformed, held, updateClaims(claim));
      }
    };
  }

  private ClaimResult claim(
      AddressClaim claim, List<AddressRequest> requests, ServiceContext serviceContext) {
    List<IpAddress> before = confirmedAddresses(claim.serviceRef().uid(), serviceContext);
    List<IpAddress> held = new ArrayList<>();
    List<AllocationResult.Rejected> rejections = new ArrayList<>();
    for (AddressRequest request : requests) {
      Optional<IpAddress> kept =
          before.stream()
              .filter(address -> allocator.satisfies(claim, address, request, serviceContext))
              .findFirst();
      if (kept.isPresent()) {
        held.add(kept.get());
        continue;
      }
      AllocationResult result = addressAssigner.assign(claim, request, serviceContext);
      metrics.recordAllocation(result);
      switch (result) {
        case AllocationResult.Assigned(var address, var _) -> held.add(address);
        case AllocationResult.Shareable(var address, var _) -> held.add(address);
        case AllocationResult.Rejected rejected -> {
          rejections.add(rejected);
          before.stream()
              .filter(address -> address.family() == request.family())
              .findFirst()
              .ifPresent(held::add);
        }
      }
    }
    List<AllocationResult.PortTaken> takenPorts = updateClaims(claim);
    if (!allocator.addressesOf(claim.serviceRef().uid()).containsAll(held)) {
      // An Address was deleted meanwhile, and must not be served without a claim.
      return claim(claim, requests, serviceContext);
    }
    return rejections.isEmpty()
        ? new ClaimResult.Claimed(held, takenPorts)
        : new ClaimResult.NotClaimed(rejections.getFirst(), held, takenPorts);
  }

  /**
   * The addresses that the Service holds. If it holds two of a family, one of them is released
   * later. A stale watch could still show one that is already deleted, and the other one would be
   * released, so the API server is asked.
   */
  private List<IpAddress> confirmedAddresses(String uid, ServiceContext serviceContext) {
    List<IpAddress> held = byPreference(uid, serviceContext);
    if (!hasSurplus(held)) {
      return held;
    }
    held.forEach(ip -> addressClaimWriter.refresh(ip, uid));
    return byPreference(uid, serviceContext);
  }

  private static boolean hasSurplus(List<IpAddress> held) {
    return held.stream().map(IpAddress::family).distinct().count() < held.size();
  }

  /** The addresses that the Service holds, the one to keep first. */
  private List<IpAddress> byPreference(String uid, ServiceContext serviceContext) {
    return allocator.addressesOf(uid).stream()
        .sorted(Comparator.comparing(ip -> !serviceContext.published().contains(ip)))
        .toList();
  }

  /**
   * Whether {@link #claim} would write, leave a published address, or find an address that is not
   * published yet. Such a decision needs the Service as the API server has it, not as a watch that
   * may be behind. Any other claim changes nothing.
   */
  public boolean wouldChange(
      AddressClaim claim, AddressRequests requests, ServiceContext serviceContext) {
    List<IpAddress> held = allocator.addressesOf(claim.serviceRef().uid());
    return !serviceContext.published().containsAll(held)
        || held.stream().anyMatch(ip -> needsUpdate(claim, ip))
        || (requests instanceof AddressRequests.ParsedRequests(var parsed)
            && parsed.stream()
                .anyMatch(request -> wouldMove(claim, held, request, serviceContext)));
  }

  private boolean wouldMove(
      AddressClaim claim,
      List<IpAddress> held,
      AddressRequest request,
      ServiceContext serviceContext) {
    return held.stream()
            .noneMatch(address -> allocator.satisfies(claim, address, request, serviceContext))
        && (serviceContext.hasPublished(request.family())
            || allocator.wouldAllocate(claim, request, serviceContext));
  }

  /** Reads these addresses, and those that the Service holds, from the API server. */
  public void confirm(String uid, Set<IpAddress> more) {
    Stream.concat(allocator.addressesOf(uid).stream(), more.stream())
        .distinct()
        .forEach(ip -> addressClaimWriter.refresh(ip, uid));
  }

  /**
   * Updates the claims of this Service after a change of its ports or its sharing key.
   *
   * @return the ports that it requests and other Services hold
   */
  private List<AllocationResult.PortTaken> updateClaims(AddressClaim claim) {
    List<AllocationResult.PortTaken> takenPorts = new ArrayList<>();
    for (IpAddress ip : allocator.addressesOf(claim.serviceRef().uid())) {
      if (needsUpdate(claim, ip)) {
        addressClaimWriter.addClaim(ip, claim, false);
      }
      takenPorts.addAll(claim.takenPorts(ip, allocator.claimsOn(ip)));
    }
    return takenPorts;
  }

  private boolean needsUpdate(AddressClaim claim, IpAddress ip) {
    List<AddressClaim> existing = allocator.claimsOn(ip);
    return !existing.contains(claim.withEffectiveKey(existing).withoutTakenPorts(ip, existing));
  }

  private List<IpAddress> firstOfEachFamily(ServiceRef serviceRef, ServiceContext serviceContext) {
    Map<IpFamily, IpAddress> first = new EnumMap<>(IpFamily.class);
    byPreference(serviceRef.uid(), serviceContext)
        .forEach(held -> first.putIfAbsent(held.family(), held));
    return List.copyOf(first.values());
  }

  /**
   * Releases every address of a deleted Service. An address of a pool with {@code reclaimPolicy:
   * Retain} stays reserved for the name of the Service. Safe to repeat.
   */
  public void release(String uid) {
    allocator.addressesOf(uid).forEach(ip -> addressClaimWriter.removeClaim(ip, uid, true));
  }

  /** Releases the addresses of this Service that are not in use. Safe to repeat. */
  public void releaseAllExcept(String uid, Predicate<IpAddress> inUse) {
    allocator.addressesOf(uid).stream()
        .filter(inUse.negate())
        .forEach(ip -> addressClaimWriter.removeClaim(ip, uid, false));
  }
}
