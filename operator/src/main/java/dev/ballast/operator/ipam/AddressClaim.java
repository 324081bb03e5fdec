package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.pool.ServiceRef;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One Service's part of an address.
 *
 * @param key shares with those of its namespace that have the same; null: with nobody
 * @param ports what it wants there, or has: empty where it shares with nobody, since it has all
 */
public record AddressClaim(ServiceRef serviceRef, @Nullable String key, List<ProtocolPort> ports) {

  /** In order, each once, so that equal shares are equal. */
  public AddressClaim {
    ports = List.copyOf(new TreeSet<>(ports));
  }

  /** All of an address. */
  public static AddressClaim whole(ServiceRef serviceRef) {
    return new AddressClaim(serviceRef, null, List.of());
  }

  boolean isOf(String uid) {
    return serviceRef.uid().equals(uid);
  }

  /** Whether the two may have one address between them, ports aside. */
  boolean sharesWith(AddressClaim other) {
    return key != null
        && key.equals(other.key)
        && serviceRef.namespace().equals(other.serviceRef.namespace());
  }

  /** Why this cannot have the address beside the others; empty when it can. */
  public Optional<AllocationResult.Rejected> refusedBy(
      IpAddress address, Collection<AddressClaim> present) {
    List<AddressClaim> others = othersOf(present);
    Optional<AllocationResult.Rejected> taken =
        others.stream()
            .filter(other -> !sharesWith(other))
            .findFirst()
            .map(other -> new AllocationResult.AddressTaken(address, other.serviceRef()));
    return taken.isPresent()
        ? taken
        : portsTaken(address, others).stream().findFirst().map(port -> port);
  }

  /** The ports of this that others have. */
  public List<AllocationResult.PortTaken> portsTaken(
      IpAddress address, Collection<AddressClaim> present) {
    List<AddressClaim> others = othersOf(present);
    return ports.stream()
        .flatMap(
            port ->
                others.stream()
                    .filter(other -> other.ports().contains(port))
                    .limit(1)
                    .map(
                        other -> new AllocationResult.PortTaken(address, other.serviceRef(), port)))
        .toList();
  }

  /** What can be had of this beside the others: without the ports that they have. */
  public AddressClaim beside(IpAddress address, Collection<AddressClaim> present) {
    if (key == null) {
      return whole(serviceRef);
    }
    SortedSet<ProtocolPort> left = new TreeSet<>(ports);
    portsTaken(address, present).forEach(taken -> left.remove(taken.port()));
    return new AddressClaim(serviceRef, key, List.copyOf(left));
  }

  /**
   * This, under the key by which it is present as long as it is there with others that it would not
   * share with any more: it can move away, but not have more until then.
   */
  public AddressClaim among(Collection<AddressClaim> present) {
    return othersOf(present).stream().allMatch(this::sharesWith)
        ? this
        : present.stream()
            .filter(own -> own.isOf(serviceRef.uid()))
            .findFirst()
            .map(own -> new AddressClaim(serviceRef, own.key(), ports))
            .orElse(this);
  }

  private List<AddressClaim> othersOf(Collection<AddressClaim> present) {
    return present.stream().filter(other -> !other.isOf(serviceRef.uid())).toList();
  }
}
