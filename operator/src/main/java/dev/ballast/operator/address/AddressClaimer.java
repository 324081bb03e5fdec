package dev.ballast.operator.address;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressSpec;
import dev.ballast.apiclient.ResourceVersions;
import dev.ballast.logging.LogKeys;
import dev.ballast.operator.ipam.AddressClaim;
import dev.ballast.operator.ipam.AddressRequest;
import dev.ballast.operator.ipam.AddressRequests;
import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.Allocator;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.ServiceContext;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.observe.OperatorMetrics;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims addresses for Services and lets them go: every claim is an Address object named by its
 * address, so that the API server refuses the second one whatever this process believes.
 */
public final class AddressClaimer {

  private static final Logger log = LoggerFactory.getLogger(AddressClaimer.class);

  /** Enough to get past claims of another leader that our watch has not shown yet. */
  private static final int ATTEMPTS = 32;

  private final KubernetesClient client;
  private final Allocator allocator;
  private final OperatorMetrics metrics;
  private final SharedAddressWriter sharedAddressWriter;

  public AddressClaimer(KubernetesClient client, Allocator allocator, OperatorMetrics metrics) {
    this.client = client;
    this.allocator = allocator;
    this.metrics = metrics;
    this.sharedAddressWriter = new SharedAddressWriter(client, allocator);
  }

  /** How a wish for addresses ended. */
  public sealed interface ClaimResult {

    /**
     * One address for every family that was asked for.
     *
     * @param taken ports that others have, of a shared address
     */
    record Claimed(List<IpAddress> addresses, List<AllocationResult.PortTaken> taken)
        implements ClaimResult {
      public Claimed {
        addresses = List.copyOf(addresses);
        taken = List.copyOf(taken);
      }
    }

    /**
     * Not all that was asked for.
     *
     * @param held what the Service has instead: of each family what was asked for, else what it
     *     held before
     * @param taken ports that others have, of a shared address
     */
    record NotClaimed(
        AllocationResult.Rejected why, List<IpAddress> held, List<AllocationResult.PortTaken> taken)
        implements ClaimResult {
      public NotClaimed {
        held = List.copyOf(held);
        taken = List.copyOf(taken);
      }
    }
  }

  /** The addresses that this Service holds already. */
  public List<IpAddress> heldBy(String uid) {
    return allocator.heldBy(uid);
  }

  /** Why no pool has this address any more, or none for long; empty when one has it. */
  public Optional<String> whyOrphaned(IpAddress address) {
    return allocator.whyOrphaned(address);
  }

  /** Other Services of this name that hold addresses: earlier ones, as a rule. */
  public Set<ServiceRef> namesakes(ServiceRef serviceRef) {
    return allocator.namesakes(serviceRef);
  }

  /** Whoever holds an address. */
  Set<ServiceRef> holders() {
    return allocator.claimants();
  }

  /**
   * Keeps what the Service holds if that is what it wishes, and claims what it lacks. Each family
   * by itself: one that cannot be had takes no other away. Of two addresses that would do, the one
   * that the Service's status shows counts, else the older.
   *
   * @throws KubernetesClientException to be retried
   */
  public ClaimResult claim(
      AddressClaim claim, AddressRequests requests, ServiceContext serviceContext) {
    return switch (requests) {
      case AddressRequests.ParsedRequests(var wishes) -> claim(claim, wishes, serviceContext);
      case AddressRequests.MalformedRequest(var asked, var why) -> {
        AllocationResult.MalformedAllocationRequest malformedAllocationRequest =
            new AllocationResult.MalformedAllocationRequest(asked, why);
        metrics.allocation(malformedAllocationRequest);
        List<IpAddress> held = firstOfEachFamily(claim.serviceRef(), serviceContext);
        yield new ClaimResult.NotClaimed(malformedAllocationRequest, held, restate(claim));
      }
    };
  }

  private ClaimResult claim(
      AddressClaim claim, List<AddressRequest> wishes, ServiceContext serviceContext) {
    List<IpAddress> before = confirmed(claim.serviceRef().uid(), serviceContext);
    List<IpAddress> held = new ArrayList<>();
    List<AllocationResult.Rejected> refusals = new ArrayList<>();
    for (AddressRequest request : wishes) {
      Optional<IpAddress> kept =
          before.stream()
              .filter(address -> allocator.grants(claim, address, request, serviceContext))
              .findFirst();
      if (kept.isPresent()) {
        held.add(kept.get());
        continue;
      }
      switch (claimNew(claim, request, serviceContext)) {
        case AllocationResult.Assigned(var address, var _) -> held.add(address);
        case AllocationResult.Shareable(var address, var _) -> held.add(address);
        case AllocationResult.Rejected rejected -> {
          refusals.add(rejected);
          before.stream()
              .filter(address -> address.family() == request.family())
              .findFirst()
              .ifPresent(held::add);
        }
      }
    }
    List<AllocationResult.PortTaken> taken = restate(claim);
    if (!allocator.heldBy(claim.serviceRef().uid()).containsAll(held)) {
      // Somebody deleted one just now: it must not be served without a claim.
      return claim(claim, wishes, serviceContext);
    }
    return refusals.isEmpty()
        ? new ClaimResult.Claimed(held, taken)
        : new ClaimResult.NotClaimed(refusals.getFirst(), held, taken);
  }

  /**
   * What is held. Of two in a family one is going to be let go, so that it must not be the other
   * one that is gone already, as a watch that is behind would have it: the API server is asked.
   */
  private List<IpAddress> confirmed(String uid, ServiceContext serviceContext) {
    List<IpAddress> held = inOrder(uid, serviceContext);
    if (!hasSurplus(held)) {
      return held;
    }
    held.forEach(ip -> sharedAddressWriter.confirm(ip, uid));
    return inOrder(uid, serviceContext);
  }

  private static boolean hasSurplus(List<IpAddress> held) {
    return held.stream().map(IpAddress::family).distinct().count() < held.size();
  }

  /** What is held, the first to be kept first. */
  private List<IpAddress> inOrder(String uid, ServiceContext serviceContext) {
    return allocator.heldBy(uid).stream()
        .sorted(Comparator.comparing(ip -> !serviceContext.shown().contains(ip)))
        .toList();
  }

  /**
   * Whether what {@link #claim} would do needs the newest news: it would write, or leave the
   * address that clients know, or one that is not known to be published is about to be. Else all
   * stays.
   */
  public boolean wouldChange(
      AddressClaim claim, AddressRequests requests, ServiceContext serviceContext) {
    List<IpAddress> held = allocator.heldBy(claim.serviceRef().uid());
    return !serviceContext.shown().containsAll(held)
        || held.stream().anyMatch(ip -> isToBeRestated(claim, ip))
        || (requests instanceof AddressRequests.ParsedRequests(var wishes)
            && wishes.stream()
                .anyMatch(request -> wouldMove(claim, held, request, serviceContext)));
  }

  private boolean wouldMove(
      AddressClaim claim,
      List<IpAddress> held,
      AddressRequest request,
      ServiceContext serviceContext) {
    return held.stream()
            .noneMatch(address -> allocator.grants(claim, address, request, serviceContext))
        && (serviceContext.shows(request.family())
            || allocator.wouldGive(claim, request, serviceContext));
  }

  /** Asks the API server whether this Service holds these addresses, and what it is known to. */
  public void confirm(String uid, Set<IpAddress> more) {
    Stream.concat(allocator.heldBy(uid).stream(), more.stream())
        .distinct()
        .forEach(ip -> sharedAddressWriter.confirm(ip, uid));
  }

  /** Makes its claims say what the Service says now, but for the ports that others have. */
  private List<AllocationResult.PortTaken> restate(AddressClaim claim) {
    List<AllocationResult.PortTaken> taken = new ArrayList<>();
    for (IpAddress ip : allocator.heldBy(claim.serviceRef().uid())) {
      if (isToBeRestated(claim, ip)) {
        sharedAddressWriter.enter(ip, claim, false);
      }
      taken.addAll(claim.portsTaken(ip, allocator.sharesOf(ip)));
    }
    return taken;
  }

  private boolean isToBeRestated(AddressClaim claim, IpAddress ip) {
    List<AddressClaim> known = allocator.sharesOf(ip);
    return !known.contains(claim.among(known).beside(ip, known));
  }

  private List<IpAddress> firstOfEachFamily(ServiceRef serviceRef, ServiceContext serviceContext) {
    Map<IpFamily, IpAddress> first = new EnumMap<>(IpFamily.class);
    inOrder(serviceRef.uid(), serviceContext)
        .forEach(held -> first.putIfAbsent(held.family(), held));
    return List.copyOf(first.values());
  }

  private AllocationResult claimNew(
      AddressClaim claim, AddressRequest request, ServiceContext serviceContext) {
    AllocationResult result = claimOne(claim, request, serviceContext);
    metrics.allocation(result);
    return result;
  }

  private AllocationResult claimOne(
      AddressClaim claim, AddressRequest request, ServiceContext serviceContext) {
    ServiceRef serviceRef = claim.serviceRef();
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      switch (allocator.choose(claim, request, serviceContext)) {
        case AllocationResult.Assigned assigned -> {
          if (create(assigned, claim)) {
            log.atInfo()
                .addKeyValue(LogKeys.SERVICE, serviceRef)
                .addKeyValue(LogKeys.ADDRESS, assigned.address())
                .addKeyValue(LogKeys.POOL, assigned.pool())
                .log("address assigned");
            return assigned;
          }
        }
        case AllocationResult.Shareable shareable -> {
          if (sharedAddressWriter.enter(shareable.address(), claim, true)) {
            log.atInfo()
                .addKeyValue(LogKeys.SERVICE, serviceRef)
                .addKeyValue(LogKeys.ADDRESS, shareable.address())
                .log("address shared");
            return shareable;
          }
        }
        case AllocationResult.Rejected rejected -> {
          return rejected;
        }
      }
    }
    throw new IllegalStateException(
        ATTEMPTS + " addresses in a row were held already; the watch of Addresses is behind");
  }

  private boolean create(AllocationResult.Assigned assigned, AddressClaim claim) {
    ServiceRef serviceRef = claim.serviceRef();
    IpAddress ip = assigned.address();
    Address address = new Address();
    address.getMetadata().setName(ip.objectName());
    address.setSpec(
        new AddressSpec(
            ip.toString(),
            assigned.pool(),
            List.of(AddressConverter.of(claim.beside(ip, List.of()))),
            null));
    try {
      observe(client.resource(address).create());
      return true;
    } catch (KubernetesClientException e) {
      allocator.giveUp(ip, serviceRef.uid());
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      // Ours, when the answer to an earlier create was lost; else another's that we had not seen.
      Optional.ofNullable(client.resources(Address.class).withName(ip.objectName()).get())
          .ifPresent(this::observe);
      return allocator.heldBy(serviceRef.uid()).contains(ip);
    }
  }

  /**
   * Lets go of every Address of this Service, which is gone: those of pools that retain stay
   * reserved for its name. Safe to repeat.
   */
  public void release(String uid) {
    allocator.heldBy(uid).forEach(ip -> sharedAddressWriter.leave(ip, uid, true));
  }

  /** Deletes the Addresses of this Service that are not in use. Safe to repeat. */
  public void releaseAllBut(String uid, Predicate<IpAddress> inUse) {
    allocator.heldBy(uid).stream()
        .filter(inUse.negate())
        .forEach(ip -> sharedAddressWriter.leave(ip, uid, false));
  }

  /** Takes in an Address as the API server has it. */
  void observe(Address address) {
    AddressConverter.observe(allocator, address);
  }

  /** Whoever holds this address and more than one: a leader too many was at work, or it moves. */
  List<ServiceRef> surplus(Address address) {
    return claimantsOf(address).stream()
        .filter(holder -> allocator.heldBy(holder.uid()).size() > 1)
        .toList();
  }

  /**
   * Takes in that an Address is gone.
   *
   * @return the Services that have lost it, when we did not take it away ourselves
   */
  List<ServiceRef> vanished(Address address) {
    Optional<IpAddress> ip = AddressConverter.addressOf(address);
    List<ServiceRef> losers =
        claimantsOf(address).stream()
            .filter(holder -> ip.filter(allocator.heldBy(holder.uid())::contains).isPresent())
            .toList();
    ip.ifPresent(gone -> allocator.vanished(gone, ResourceVersions.of(address)));
    return losers;
  }

  static List<ServiceRef> claimantsOf(Address address) {
    return AddressConverter.sharesOf(address).stream().map(AddressClaim::serviceRef).toList();
  }
}
