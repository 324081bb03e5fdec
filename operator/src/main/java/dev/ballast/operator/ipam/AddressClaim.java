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
 * The claim of one Service on an address.
 *
 * @param sharingKey Services of a namespace with the same key may share an address; null: the
 *     Service does not share
 * @param ports the ports that it requests or holds; empty if it does not share, because it then
 *     holds all of them
 */
public record AddressClaim(
    ServiceRef serviceRef, @Nullable String sharingKey, List<ProtocolPort> ports) {

  /** Sorts the ports and drops duplicates, so that claims can be compared. */
  public AddressClaim {
    ports = List.copyOf(new TreeSet<>(ports));
  }

  /** A claim on all ports of an address. */
  public static AddressClaim whole(ServiceRef serviceRef) {
    return new AddressClaim(serviceRef, null, List.of());
  }

  boolean belongsTo(String uid) {
    return serviceRef.uid().equals(uid);
  }

  /** Whether the two may share an address, if their ports do not collide. */
  boolean sharesWith(AddressClaim other) {
    return sharingKey != null
        && sharingKey.equals(other.sharingKey)
        && serviceRef.namespace().equals(other.serviceRef.namespace());
  }

  /** Why this claim cannot be added to the existing ones; empty if it can. */
  public Optional<AllocationResult.Rejected> rejectionBeside(
      IpAddress address, Collection<AddressClaim> existing) {
    List<AddressClaim> others = othersOf(existing);
    Optional<AllocationResult.Rejected> taken =
        others.stream()
            .filter(other -> !sharesWith(other))
            .findFirst()
            .map(other -> new AllocationResult.AddressTaken(address, other.serviceRef()));
    return taken.isPresent()
        ? taken
        : takenPorts(address, others).stream().findFirst().map(port -> port);
  }

  /** The ports of this claim that other Services hold. */
  public List<AllocationResult.PortTaken> takenPorts(
      IpAddress address, Collection<AddressClaim> existing) {
    List<AddressClaim> others = othersOf(existing);
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

  /** This claim without the ports that other Services hold. */
  public AddressClaim withoutTakenPorts(IpAddress address, Collection<AddressClaim> existing) {
    if (sharingKey == null) {
      return whole(serviceRef);
    }
    SortedSet<ProtocolPort> left = new TreeSet<>(ports);
    takenPorts(address, existing).forEach(taken -> left.remove(taken.port()));
    return new AddressClaim(serviceRef, sharingKey, List.copyOf(left));
  }

  /**
   * This claim with the sharing key that is in effect. After a change of its key, a Service cannot
   * share with the present holders any more. Until it moves away, its claim keeps the old key.
   */
  public AddressClaim withEffectiveKey(Collection<AddressClaim> existing) {
    return othersOf(existing).stream().allMatch(this::sharesWith)
        ? this
        : existing.stream()
            .filter(own -> own.belongsTo(serviceRef.uid()))
            .findFirst()
            .map(own -> new AddressClaim(serviceRef, own.sharingKey(), ports))
            .orElse(this);
  }

  private List<AddressClaim> othersOf(Collection<AddressClaim> existing) {
    return existing.stream().filter(other -> !other.belongsTo(serviceRef.uid())).toList();
  }
}
