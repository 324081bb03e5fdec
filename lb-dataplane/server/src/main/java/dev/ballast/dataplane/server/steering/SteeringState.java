package dev.ballast.dataplane.server.steering;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.server.nftables.NftablesBatch;
import dev.ballast.dataplane.server.nftables.NftablesBatch.Element;
import dev.ballast.dataplane.server.nftables.NftablesSet;
import dev.ballast.dataplane.server.steering.SteeringSets.Version;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the sets should have. Not thread-safe. */
final class SteeringState {

  private final Set<InetAddress> addresses = new HashSet<>();
  private final Map<Binding, FrontendVerdict> frontends = new HashMap<>();
  private final Map<Integer, Inet4Address> arpSources = new HashMap<>();

  private final SelfFencing fencing;
  private boolean armed;

  SteeringState(SelfFencing fencing) {
    this.fencing = fencing;
  }

  /** A copy. */
  SteeringState(SteeringState other) {
    fencing = other.fencing;
    armed = other.armed;
    addresses.addAll(other.addresses);
    frontends.putAll(other.frontends);
    arpSources.putAll(other.arpSources);
  }

  boolean add(InetAddress address) {
    return addresses.add(address);
  }

  boolean remove(InetAddress address) {
    return addresses.remove(address);
  }

  boolean has(InetAddress address) {
    return addresses.contains(address);
  }

  void apply(FrontendChanges changes) {
    frontends.putAll(changes.set());
    frontends.keySet().removeAll(changes.removed());
  }

  void setArpSource(int interfaceIndex, Inet4Address address) {
    arpSources.put(interfaceIndex, address);
  }

  void setArmed(boolean armed) {
    this.armed = armed;
  }

  boolean isArmed() {
    return armed;
  }

  /** Fills empty sets. */
  void fill(NftablesBatch batch, boolean arp) {
    for (Version version : Version.values()) {
      for (NftablesSet set : version.sets()) {
        batch.addElements(set, elements(version, set));
      }
    }
    batch.addElements(SteeringSets.ARMED, elementsOfArmed());
    // Otherwise the new table would drop until the next heartbeat. Never longer than the element
    // that it replaces, so that replacing does not revive a process that was silent.
    Duration remaining = fencing.remaining();
    if (remaining.isPositive()) {
      batch.addElements(SteeringSets.ALIVE, List.of(SteeringSets.process(remaining)));
    }
    if (arp) {
      batch.addElements(
          SteeringSets.ARP_ADDRESSES, elements(Version.IPV4, Version.IPV4.addresses()));
      List<Element> sources = new ArrayList<>();
      arpSources.forEach((index, address) -> sources.add(SteeringSets.source(index, address)));
      batch.addElements(SteeringSets.ARP_SOURCES, sources);
    }
  }

  /** What the set should have that says whether self-fencing is armed. */
  List<Element> elementsOfArmed() {
    return armed ? List.of(SteeringSets.PROCESS) : List.of();
  }

  /** The transaction that changes the set as {@link #setArmed} changes this state. */
  NftablesBatch batchOfArmed(boolean after) {
    var batch = new NftablesBatch();
    List<Element> element = List.of(SteeringSets.PROCESS);
    return after
        ? batch.addElements(SteeringSets.ARMED, element)
        : batch.deleteElements(SteeringSets.ARMED, element);
  }

  /** The elements that a set of this version should have. */
  List<Element> elements(Version version, NftablesSet set) {
    if (set.equals(version.addresses())) {
      return addresses.stream()
          .filter(address -> Version.of(address) == version)
          .map(SteeringSets::element)
          .toList();
    }
    boolean all = set.equals(version.frontends());
    return frontends.entrySet().stream()
        .filter(frontend -> Version.of(frontend.getKey().address()) == version)
        .filter(frontend -> all || frontend.getValue() == FrontendVerdict.ACCEPT)
        .map(frontend -> SteeringSets.element(frontend.getKey()))
        .toList();
  }

  /** The transaction that changes the sets as {@link #add} or {@link #remove} change this state. */
  static NftablesBatch batch(InetAddress address, boolean added, boolean arp) {
    List<NftablesSet> sets = new ArrayList<>(List.of(Version.of(address).addresses()));
    if (arp && address instanceof Inet4Address) {
      sets.add(SteeringSets.ARP_ADDRESSES);
    }
    var batch = new NftablesBatch();
    List<Element> element = List.of(SteeringSets.element(address));
    for (NftablesSet set : sets) {
      if (added) {
        batch.addElements(set, element);
      } else {
        batch.deleteElements(set, element);
      }
    }
    return batch;
  }

  /** The transaction that changes the map as {@link #setArpSource} changes this state. */
  NftablesBatch batch(int interfaceIndex, Inet4Address address) {
    var batch = new NftablesBatch();
    Inet4Address before = arpSources.get(interfaceIndex);
    if (before != null) {
      batch.deleteElements(
          SteeringSets.ARP_SOURCES, List.of(SteeringSets.source(interfaceIndex, before)));
    }
    return batch.addElements(
        SteeringSets.ARP_SOURCES, List.of(SteeringSets.source(interfaceIndex, address)));
  }

  /** The transaction that changes the sets as {@link #apply} changes this state. */
  NftablesBatch batch(FrontendChanges changes) {
    Map<NftablesSet, List<Element>> added = new LinkedHashMap<>();
    Map<NftablesSet, List<Element>> removed = new LinkedHashMap<>();
    for (Map.Entry<Binding, FrontendVerdict> frontend : changes.set().entrySet()) {
      Binding binding = frontend.getKey();
      if (!changes.removed().contains(binding)) {
        difference(binding, Optional.of(frontend.getValue()), added, removed);
      }
    }
    for (Binding binding : changes.removed()) {
      difference(binding, Optional.empty(), added, removed);
    }
    var batch = new NftablesBatch();
    added.forEach(batch::addElements);
    removed.forEach(batch::deleteElements);
    return batch;
  }

  private void difference(
      Binding binding,
      Optional<FrontendVerdict> after,
      Map<NftablesSet, List<Element>> added,
      Map<NftablesSet, List<Element>> removed) {
    Optional<FrontendVerdict> before = Optional.ofNullable(frontends.get(binding));
    Version version = Version.of(binding.address());
    if (before.isPresent() != after.isPresent()) {
      put(after.isPresent() ? added : removed, version.frontends(), binding);
    }
    boolean accepted = before.equals(Optional.of(FrontendVerdict.ACCEPT));
    boolean accepts = after.equals(Optional.of(FrontendVerdict.ACCEPT));
    if (accepted != accepts) {
      put(accepts ? added : removed, version.accepting(), binding);
    }
  }

  private static void put(
      Map<NftablesSet, List<Element>> elements, NftablesSet set, Binding binding) {
    elements.computeIfAbsent(set, key -> new ArrayList<>()).add(SteeringSets.element(binding));
  }
}
