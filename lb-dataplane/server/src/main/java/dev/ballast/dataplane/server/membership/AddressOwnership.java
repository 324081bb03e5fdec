package dev.ballast.dataplane.server.membership;

import dev.ballast.dataplane.core.address.AddressCandidates;
import dev.ballast.dataplane.core.address.AnnouncePolicy;
import dev.ballast.dataplane.core.address.OwnerElection;
import dev.ballast.dataplane.core.address.OwnershipDecision;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Which addresses this node owns. A node that is off-link for an address reports that, and the
 * other nodes leave it out when they compute the owner. Only a node that owns the address otherwise
 * has to report: the next one then reports in turn, until a node is on-link or all have reported.
 *
 * <p>This node knows its own interfaces, and those of others from their reports. It asks for each
 * address once, so that one reconciliation decides by one state of interfaces and claims. One
 * thread uses it.
 */
public final class AddressOwnership {

  private final String self;
  private final Members members;
  private final Predicate<InetAddress> onLink;
  private final Predicate<InetAddress> unable;
  private final Function<InetAddress, KnownClaims> claims;
  private final Function<InetAddress, AnnouncePolicy> policies;
  private final Set<String> alive;
  private final Map<InetAddress, Boolean> offLink = new HashMap<>();
  private final Map<InetAddress, KnownClaims> known = new HashMap<>();
  private final Map<InetAddress, AnnouncePolicy> knownPolicies = new HashMap<>();

  /**
   * @param onLink whether an interface of this node is in the subnet of an address
   * @param claims the claims to an address
   * @param policies which nodes may announce an address
   */
  public AddressOwnership(
      String self,
      Members members,
      Predicate<InetAddress> onLink,
      Function<InetAddress, KnownClaims> claims,
      Function<InetAddress, AnnouncePolicy> policies) {
    this(self, members, onLink, address -> false, claims, policies);
  }

  /**
   * @param onLink whether an interface of this node is in the subnet of an address
   * @param unable whether this node fails to announce an address although it is on-link, so that it
   *     counts as off-link for the other nodes
   * @param claims the claims to an address
   * @param policies which nodes may announce an address
   */
  public AddressOwnership(
      String self,
      Members members,
      Predicate<InetAddress> onLink,
      Predicate<InetAddress> unable,
      Function<InetAddress, KnownClaims> claims,
      Function<InetAddress, AnnouncePolicy> policies) {
    this.self = self;
    this.members = members;
    this.onLink = onLink;
    this.unable = unable;
    this.claims = claims;
    this.policies = policies;
    this.alive = members.excluded();
  }

  public String self() {
    return self;
  }

  public Members members() {
    return members;
  }

  /** Which nodes and interfaces may announce the address. */
  public AnnouncePolicy policy(InetAddress address) {
    return knownPolicies.computeIfAbsent(address, policies);
  }

  /** Whether the pool of the address selects no member, so that no node takes the address. */
  public boolean lacksCandidates(InetAddress address) {
    AnnouncePolicy policy = policy(address);
    return !members.nodes().isEmpty() && members.nodes().stream().noneMatch(policy::selects);
  }

  /**
   * Whether this node reports that no node may take the address. The node that announces it does,
   * or else the first member.
   *
   * @param reported the nodes that report that they are off-link
   */
  public boolean reportsNoCandidates(InetAddress address, Set<String> reported) {
    return lacksCandidates(address)
        && switch (decide(address, reported)) {
          case OwnershipDecision.Owned _, OwnershipDecision.HandingOver _ -> true;
          case OwnershipDecision.OwnedByOther _ -> false;
          case OwnershipDecision.Unowned() -> members.nodes().first().equals(self);
        };
  }

  /** Whether no interface of this node is in the subnet of the address. */
  public boolean isOffLink(InetAddress address) {
    return offLink.computeIfAbsent(address, a -> !onLink.test(a));
  }

  /**
   * What this node does with the address.
   *
   * @param reported the nodes that report that they are off-link
   */
  public OwnershipDecision decide(InetAddress address, Set<String> reported) {
    OwnershipDecision ifOnLink = ifOnLink(address, reported);
    if (!ifOnLink.serves() || !(isOffLink(address) || unable.test(address))) {
      return ifOnLink;
    }
    Set<String> all = new HashSet<>(reported);
    all.add(self);
    return election(address, all).decide();
  }

  /**
   * Whether this node takes the address when its owner fails.
   *
   * @param decision what this node does with the address, as from {@link #decide}
   * @param reported the nodes that report that they are off-link
   */
  public boolean isSuccessor(
      InetAddress address, OwnershipDecision decision, Set<String> reported) {
    if (!(decision instanceof OwnershipDecision.OwnedByOther(String owner))) {
      return false;
    }
    Set<String> others = new HashSet<>(members.nodes());
    others.remove(owner);
    return new AddressCandidates(address, others, reported, policy(address))
        .owner()
        .equals(Optional.of(self));
  }

  /** Whether this node owns the address, with parameters as in {@link #decide}. */
  public boolean owns(InetAddress address, Set<String> reported) {
    return decide(address, reported) instanceof OwnershipDecision.Owned;
  }

  /**
   * Whether this node announces the address when it can. Without members, the readiness of Pods may
   * flap, and a node goes on. But the label is the administrator's decision.
   */
  public boolean serves(OwnershipDecision decision) {
    return decision.serves() && !members.mustReleaseAll(self);
  }

  /**
   * Whether this node reports that it is off-link. A report stays as long as it is true, although
   * it may be needless by now: the restart of another node would remove it and bring it back.
   *
   * @param reported the nodes that report that they are off-link
   */
  public boolean reportsOffLink(InetAddress address, Set<String> reported) {
    return isReportDue(address, reported) && isOffLink(address);
  }

  /** Whether this node reports that it cannot announce the address, although it is on-link. */
  public boolean reportsUnable(InetAddress address, Set<String> reported) {
    return isReportDue(address, reported) && !isOffLink(address) && unable.test(address);
  }

  private boolean isReportDue(InetAddress address, Set<String> reported) {
    return reported.contains(self)
        ? !members.excluded().contains(self)
        : ifOnLink(address, reported) instanceof OwnershipDecision.Owned;
  }

  private OwnershipDecision ifOnLink(InetAddress address, Set<String> reported) {
    Set<String> others = reported;
    if (reported.contains(self)) {
      others = new HashSet<>(reported);
      others.remove(self);
    }
    return election(address, others).decide();
  }

  private OwnerElection election(InetAddress address, Set<String> offLinkNodes) {
    KnownClaims now = known.computeIfAbsent(address, claims);
    return new OwnerElection(
        new AddressCandidates(address, members.nodes(), offLinkNodes, policy(address)),
        self,
        alive,
        now.epochs(),
        now.highestEpoch());
  }
}
