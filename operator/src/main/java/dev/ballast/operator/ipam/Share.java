package dev.ballast.operator.ipam;

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
public record Share(Claimant claimant, @Nullable String key, List<Port> ports) {

  /** In order, each once, so that equal shares are equal. */
  public Share {
    ports = List.copyOf(new TreeSet<>(ports));
  }

  /** All of an address. */
  public static Share whole(Claimant claimant) {
    return new Share(claimant, null, List.of());
  }

  boolean isOf(String uid) {
    return claimant.uid().equals(uid);
  }

  /** Whether the two may have one address between them, ports aside. */
  boolean sharesWith(Share other) {
    return key != null
        && key.equals(other.key)
        && claimant.namespace().equals(other.claimant.namespace());
  }

  /** Why this cannot have the address beside the others; empty when it can. */
  public Optional<Choice.Refused> refusedBy(IpAddress address, Collection<Share> present) {
    List<Share> others = othersOf(present);
    Optional<Choice.Refused> taken =
        others.stream()
            .filter(other -> !sharesWith(other))
            .findFirst()
            .map(other -> new Choice.Taken(address, other.claimant()));
    return taken.isPresent()
        ? taken
        : portsTaken(address, others).stream().findFirst().map(port -> port);
  }

  /** The ports of this that others have. */
  public List<Choice.PortTaken> portsTaken(IpAddress address, Collection<Share> present) {
    List<Share> others = othersOf(present);
    return ports.stream()
        .flatMap(
            port ->
                others.stream()
                    .filter(other -> other.ports().contains(port))
                    .limit(1)
                    .map(other -> new Choice.PortTaken(address, other.claimant(), port)))
        .toList();
  }

  /** What can be had of this beside the others: without the ports that they have. */
  public Share beside(IpAddress address, Collection<Share> present) {
    if (key == null) {
      return whole(claimant);
    }
    SortedSet<Port> left = new TreeSet<>(ports);
    portsTaken(address, present).forEach(taken -> left.remove(taken.port()));
    return new Share(claimant, key, List.copyOf(left));
  }

  /**
   * This, under the key by which it is present as long as it is there with others that it would not
   * share with any more: it can move away, but not have more until then.
   */
  public Share among(Collection<Share> present) {
    return othersOf(present).stream().allMatch(this::sharesWith)
        ? this
        : present.stream()
            .filter(own -> own.isOf(claimant.uid()))
            .findFirst()
            .map(own -> new Share(claimant, own.key(), ports))
            .orElse(this);
  }

  private List<Share> othersOf(Collection<Share> present) {
    return present.stream().filter(other -> !other.isOf(claimant.uid())).toList();
  }
}
