package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.address.OwnershipDecision;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.handover.Handovers;
import dev.ballast.dataplane.server.steering.SteeringMode;
import dev.ballast.dataplane.server.steering.forwarding.FormerOwner;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Moves addresses between this node and others that live, as parts of a reconciliation. One thread
 * uses it.
 */
final class AddressMoves {

  private final Handovers handovers;
  private final ClaimTable claims;
  private final AddressTable addressTable;
  private final Announcer announcer;
  private final RelayControl relayControl;

  /** The new owner of each address that this node gives up now, and whose connections go on. */
  private Map<InetAddress, String> leaving = Map.of();

  /** The addresses that another node announces from now on. */
  private Set<InetAddress> withdrawn = Set.of();

  /** The addresses whose connections have ended. */
  private Set<InetAddress> ended = Set.of();

  /** The addresses of which other nodes have to pass nothing on from now on. */
  private final Set<InetAddress> released = new HashSet<>();

  AddressMoves(
      Handovers handovers,
      ClaimTable claims,
      AddressTable addressTable,
      Announcer announcer,
      RelayControl relayControl) {
    this.handovers = handovers;
    this.claims = claims;
    this.addressTable = addressTable;
    this.announcer = announcer;
    this.relayControl = relayControl;
  }

  /**
   * Finds another node on a link of this one, by the IP version of an address that moves.
   *
   * @param nodeAddresses of all nodes
   */
  static Optional<FormerOwner> formerOwner(
      String node,
      InetAddress address,
      Map<InetAddress, String> nodeAddresses,
      Announcer announcer) {
    return nodeAddresses.entrySet().stream()
        .filter(entry -> entry.getValue().equals(node))
        .map(Map.Entry::getKey)
        .filter(of -> of instanceof Inet4Address == address instanceof Inet4Address)
        .flatMap(
            of ->
                announcer.onLinkSource(of).stream()
                    .map(source -> new FormerOwner(of, source.interfaceIndex())))
        .findFirst();
  }

  /** The addresses whose connections have ended, so that this reconciliation releases them. */
  Set<InetAddress> endDrained() {
    ended = handovers.ended();
    return ended;
  }

  /**
   * The addresses that another node announces, and whose connections this node serves yet.
   *
   * @param served the addresses that this node announces itself
   */
  Set<InetAddress> draining(
      Map<InetAddress, OwnershipDecision> decisions, Set<InetAddress> served) {
    handovers.forget(served);
    Map<InetAddress, String> owners = newOwners(decisions);
    Map<InetAddress, String> successors = new HashMap<>(owners);
    successors.values().removeIf(node -> !handovers.passesOn(node));
    // Without a filter, the kernel would answer ARP requests for a local address.
    boolean drains =
        handovers.isDrainEnabled() && relayControl.steeringMode() != SteeringMode.BIND_UNFILTERED;
    leaving = drains ? successors : Map.of();
    withdrawn = Set.copyOf(owners.keySet());
    released.clear();
    released.addAll(ended);
    released.addAll(owners.keySet());
    released.removeAll(leaving.keySet());
    released.removeAll(handovers.draining());
    Set<InetAddress> draining = new HashSet<>(handovers.draining());
    draining.addAll(leaving.keySet());
    return draining;
  }

  /** The nodes that have taken addresses of this one, or from the node that had taken them. */
  private Map<InetAddress, String> newOwners(Map<InetAddress, OwnershipDecision> decisions) {
    Map<InetAddress, String> owners = new HashMap<>();
    decisions.forEach(
        (address, decision) -> {
          if (decision instanceof OwnershipDecision.OwnedByOther(String node)
              && claims.of(address).epochs().containsKey(node)
              && (addressTable.isAcquired(address)
                  || handovers.isDrainingForAnother(address, node))) {
            owners.put(address, node);
          }
        });
    return owners;
  }

  /** The addresses of each Service without these. Services without any other are left out. */
  static Map<ServiceKey, List<InetAddress>> without(
      Set<InetAddress> draining, Map<ServiceKey, List<InetAddress>> byService) {
    if (draining.isEmpty()) {
      return byService;
    }
    Map<ServiceKey, List<InetAddress>> others = new HashMap<>();
    byService.forEach(
        (service, addresses) -> {
          List<InetAddress> rest = addresses.stream().filter(a -> !draining.contains(a)).toList();
          if (!rest.isEmpty()) {
            others.put(service, rest);
          }
        });
    return others;
  }

  /** Before this node announces addresses, their owners fall silent. */
  void take(Set<InetAddress> desired) throws InterruptedException {
    Set<InetAddress> missing = new HashSet<>(desired);
    missing.removeIf(addressTable::isAcquired);
    handovers.take(claims.ownersOf(missing));
  }

  /**
   * Stops announcing what other nodes announce, and tells them which connections are here.
   *
   * @param nonlocal the addresses without a route from now on, also those whose connections an
   *     earlier process of this node served
   */
  void handOver(Set<InetAddress> nonlocal) {
    withdrawn.forEach(announcer::withdraw);
    handovers.begin(leaving);
    released.addAll(nonlocal);
    handovers.released(Set.copyOf(released));
    leaving = Map.of();
    withdrawn = Set.of();
    ended = Set.of();
    released.clear();
  }

  /** Tells the new owners once more which connections are here. Thread-safe. */
  void sendAgain() {
    handovers.sendAgain();
  }

  /** Other nodes need pass nothing on to this one. Thread-safe. */
  void releaseAll() {
    handovers.released(handovers.draining());
  }

  /** Whether this node serves connections of addresses that another node announces. */
  boolean isDraining() {
    return !handovers.draining().isEmpty();
  }
}
