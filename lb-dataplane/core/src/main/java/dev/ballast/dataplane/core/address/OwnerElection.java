package dev.ballast.dataplane.core.address;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Decides who owns an address, as one node sees it. A node that announces the address claims it
 * with an epoch. The owner is never preempted: it stays while it lives and may own the address. A
 * node that takes the address claims it with a higher epoch than any before. Of two claims, as
 * after a partition, the one with the higher epoch wins, or the one that precedes by rendezvous
 * hashing.
 *
 * <p>A node of an older version claims without an epoch, which counts as 0. It takes each address
 * that hashes to it and yields to no claim, so that the other nodes yield to it.
 *
 * @param self the node that decides
 * @param alive the nodes that live, members or not; members and this node count as alive
 * @param claims the latest epoch that each node claims the address with, alive or not; of this node
 *     only while it announces the address
 * @param highestEpoch the highest epoch that this node has ever seen for the address; 0: none
 */
public record OwnerElection(
    AddressCandidates candidates,
    String self,
    Set<String> alive,
    Map<String, Long> claims,
    long highestEpoch) {

  private static final long NO_EPOCH = 0;

  public OwnershipDecision decide() {
    Collection<String> eligible = candidates.eligible();
    Optional<String> successor = successor(eligible);
    Long own = claims.get(self);
    if (successor.equals(Optional.of(self))) {
      return new OwnershipDecision.Owned(
          own != null && own > NO_EPOCH && own > highestIneligible(eligible) ? own : nextEpoch());
    }
    Optional<String> best = best(this::isAlive);
    if (own != null
        && best.equals(Optional.of(self))
        && successor.stream().noneMatch(this::claimsWithoutEpoch)) {
      return new OwnershipDecision.HandingOver(own, successor);
    }
    return successor
        .or(() -> best)
        .<OwnershipDecision>map(OwnershipDecision.OwnedByOther::new)
        .orElseGet(OwnershipDecision.Unowned::new);
  }

  /**
   * The best claim among the nodes that may own the address decides, or the hash without claims.
   */
  private Optional<String> successor(Collection<String> eligible) {
    if (claims.isEmpty()) {
      return candidates.owner();
    }
    if (claims.containsValue(NO_EPOCH)) {
      Optional<String> first = candidates.withoutPolicy().owner();
      if (first.stream().anyMatch(this::claimsWithoutEpoch)) {
        return first;
      }
    }
    return best(eligible::contains).or(candidates::owner);
  }

  private boolean claimsWithoutEpoch(String node) {
    return !node.equals(self) && claims.containsKey(node) && claims.get(node) == NO_EPOCH;
  }

  private boolean isAlive(String node) {
    return node.equals(self) || alive.contains(node) || candidates.members().contains(node);
  }

  private Optional<String> best(Predicate<String> considered) {
    long highest = -1;
    List<String> nodes = new ArrayList<>(1);
    for (Map.Entry<String, Long> claim : claims.entrySet()) {
      if (claim.getValue() >= highest && considered.test(claim.getKey())) {
        if (claim.getValue() > highest) {
          nodes.clear();
          highest = claim.getValue();
        }
        nodes.add(claim.getKey());
      }
    }
    return RendezvousHash.ownerOf(address(), nodes);
  }

  /**
   * A living node that may not own the address hands it over only to a higher epoch. A dead one
   * does not count: two nodes that consider each other dead would raise their epochs without end.
   */
  private long highestIneligible(Collection<String> eligible) {
    return claims.entrySet().stream()
        .filter(claim -> isAlive(claim.getKey()) && !eligible.contains(claim.getKey()))
        .mapToLong(Map.Entry::getValue)
        .max()
        .orElse(-1);
  }

  private long nextEpoch() {
    long highest =
        Math.max(highestEpoch, claims.values().stream().mapToLong(Long::longValue).max().orElse(0));
    return Math.min(highest, Long.MAX_VALUE - 1) + 1;
  }

  private InetAddress address() {
    return candidates.address();
  }
}
