package dev.ballast.dataplane.server.sync;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.api.v1alpha1.OwnershipClaim;
import dev.ballast.dataplane.core.address.OwnershipDecision;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.cluster.ClusterState;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.membership.KnownClaims;
import dev.ballast.dataplane.server.membership.Members;
import dev.ballast.dataplane.server.membership.PeerClaims;
import dev.ballast.logging.LogKeys;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The claims to addresses. Those of other nodes come from their reports, or from the nodes
 * themselves. Those of this node are in this table while this process is active, and before that in
 * the report of the process before. A claim begins when the address is announced. It ends when this
 * node decides not to serve the address, so that a node that restarts keeps its addresses. One
 * thread uses it.
 */
final class ClaimTable {

  private static final Logger log = LoggerFactory.getLogger(ClaimTable.class);

  private final String self;
  private final ClusterState cluster;
  private final PeerClaims peerClaims;
  private final InstantSource clock;
  private final Map<InetAddress, OwnershipClaim> own = new HashMap<>();

  /** Of addresses that this node takes, and does not announce yet. */
  private final Map<InetAddress, OwnershipClaim> planned = new HashMap<>();

  private final Map<InetAddress, SeenClaim> highest = new HashMap<>();
  private Map<String, Map<InetAddress, Long>> direct = Map.of();
  private volatile int count;
  private boolean active;

  /** Whether the claims of this node have changed since the others were told. */
  private boolean changed;

  private record SeenClaim(String node, long epoch) {}

  ClaimTable(String self, ClusterState cluster, PeerClaims peerClaims, InstantSource clock) {
    this.self = self;
    this.cluster = cluster;
    this.peerClaims = peerClaims;
    this.clock = clock;
  }

  /** From now on this process is active, and has the claims of the one before. */
  void activate() {
    active = true;
    for (LoadBalancerConfig config : cluster.loadBalancers()) {
      config.ownReport().ifPresent(report -> adopt(report, config));
    }
    // Before this process connects to others: without claims, they would take these addresses.
    changed = false;
    peerClaims.tell(ownEpochs());
  }

  /** Text of the report that is not an address is not among these. */
  private void adopt(NodeReport report, LoadBalancerConfig config) {
    config
        .announcedByNode()
        .getOrDefault(self, Map.of())
        .forEach(
            (address, epoch) -> {
              String text = NetUtil.toAddressString(address);
              OwnershipClaim claim =
                  report.claims().stream()
                      .filter(each -> each.address().equals(text))
                      .findFirst()
                      .orElseGet(() -> new OwnershipClaim(text, epoch, null, null, null));
              own.put(address, claim);
              changed = true;
            });
  }

  /** From now on another process of this node is active. */
  void deactivate() {
    active = false;
    own.clear();
    planned.clear();
  }

  /** The claims that nodes tell directly stay as they are now, until this is called again. */
  void observe() {
    direct = peerClaims.claims();
  }

  /** All that is known of the claims to an address. */
  KnownClaims of(InetAddress address) {
    Map<String, Long> epochs = reported(address);
    direct.forEach((node, claims) -> put(epochs, node, claims.get(address)));
    if (active) {
      OwnershipClaim claim = own.get(address);
      put(epochs, self, claim == null ? null : (Long) claim.epoch());
    }
    epochs.forEach((node, epoch) -> see(address, node, epoch));
    SeenClaim seen = highest.get(address);
    return new KnownClaims(epochs, seen == null ? 0 : seen.epoch());
  }

  /** The connected node that claims each of these addresses, which this node takes. */
  Map<InetAddress, String> ownersOf(Set<InetAddress> addresses) {
    Map<InetAddress, String> owners = new HashMap<>();
    for (InetAddress address : addresses) {
      if (planned.containsKey(address)) {
        direct.entrySet().stream()
            .filter(node -> node.getValue().containsKey(address))
            .max(Comparator.comparing(node -> node.getValue().getOrDefault(address, 0L)))
            .ifPresent(node -> owners.put(address, node.getKey()));
      }
    }
    return owners;
  }

  /** How many addresses this node claims. Thread-safe. */
  int count() {
    return count;
  }

  private static void put(Map<String, Long> epochs, String node, @Nullable Long epoch) {
    if (epoch == null) {
      epochs.remove(node);
    } else {
      epochs.put(node, epoch);
    }
  }

  /** Several Services can share an address, and each has reports of its own. */
  private Map<String, Long> reported(InetAddress address) {
    Map<String, Long> epochs = new HashMap<>();
    cluster.grantOf(address).stream()
        .flatMap(grant -> grant.services().stream())
        .flatMap(service -> cluster.loadBalancer(service).stream())
        .forEach(
            config ->
                config
                    .claims(address)
                    .forEach((node, epoch) -> epochs.merge(node, epoch, Math::max)));
    return epochs;
  }

  private void see(InetAddress address, String node, long epoch) {
    SeenClaim before = highest.get(address);
    if (before == null || epoch > before.epoch()) {
      highest.put(address, new SeenClaim(node, epoch));
    }
  }

  /**
   * Brings the claims of this node in line with what it has decided.
   *
   * @param served the addresses among these that this node serves
   * @param all whether these are all addresses, so that others can be forgotten
   */
  void update(
      Map<InetAddress, OwnershipDecision> decisions,
      Set<InetAddress> served,
      Members members,
      boolean all) {
    decisions.forEach(
        (address, decision) -> {
          if (!served.contains(address)) {
            end(address, decision);
          } else if (decision instanceof OwnershipDecision.Owned(long epoch)) {
            own(address, epoch, members);
          }
        });
    if (all) {
      changed |= own.keySet().retainAll(decisions.keySet());
      Stream.of(planned, highest).forEach(map -> map.keySet().retainAll(decisions.keySet()));
    }
  }

  private void own(InetAddress address, long epoch, Members members) {
    OwnershipClaim now = own.get(address);
    if (now == null) {
      planned.put(address, taken(address, epoch, members));
    } else if (now.epoch() != epoch) {
      own.put(
          address,
          new OwnershipClaim(
              now.address(),
              epoch,
              now.since() == null ? now() : now.since(),
              now.takenFrom(),
              now.epoch() == 0 ? now.reason() : OwnershipClaim.CLAIM_CONFLICT));
      see(address, self, epoch);
      changed = true;
    }
  }

  private OwnershipClaim taken(InetAddress address, long epoch, Members members) {
    String text = NetUtil.toAddressString(address);
    SeenClaim before = highest.get(address);
    return before == null || before.node().equals(self)
        ? new OwnershipClaim(text, epoch, null, null, null)
        : new OwnershipClaim(
            text, epoch, null, before.node(), reason(before.node(), address, members));
  }

  private String reason(String node, InetAddress address, Members members) {
    if (members.excluded().contains(node)) {
      return OwnershipClaim.NODE_EXCLUDED;
    }
    if (members.nodes().contains(node)) {
      if (!cluster.announcePolicy(address).selects(node)) {
        return OwnershipClaim.NODE_NOT_SELECTED;
      }
      return isOffLink(node, address) ? AddressReport.NOT_ON_LINK : OwnershipClaim.CLAIM_CONFLICT;
    }
    return cluster.leavingNodes().contains(node)
        ? OwnershipClaim.NODE_LEAVING
        : OwnershipClaim.NODE_LOST;
  }

  private boolean isOffLink(String node, InetAddress address) {
    return cluster.grantOf(address).stream()
        .flatMap(grant -> grant.services().stream())
        .flatMap(service -> cluster.loadBalancer(service).stream())
        .anyMatch(config -> config.offLinkNodes(address).contains(node));
  }

  private void end(InetAddress address, OwnershipDecision decision) {
    planned.remove(address);
    if (own.remove(address) != null) {
      changed = true;
      switch (decision) {
        case OwnershipDecision.OwnedByOther(String node) ->
            log.atInfo()
                .addKeyValue(LogKeys.ADDRESS, NetUtil.toAddressString(address))
                .addKeyValue(LogKeys.NODE, node)
                .log("Releases an address, since another node has claimed it");
        case OwnershipDecision.Owned _, OwnershipDecision.HandingOver _ -> {}
        case OwnershipDecision.Unowned() -> {}
      }
    }
  }

  /** The claims to the addresses that this node has begun to announce begin now. */
  void begin(AddressTable addressTable) {
    for (InetAddress address : Set.copyOf(planned.keySet())) {
      OwnershipClaim claim = planned.get(address);
      if (claim != null && addressTable.isAcquired(address)) {
        planned.remove(address);
        own.put(
            address,
            new OwnershipClaim(
                claim.address(), claim.epoch(), now(), claim.takenFrom(), claim.reason()));
        see(address, self, claim.epoch());
        changed = true;
        logTaken(claim);
      }
    }
    count = own.size();
    if (changed) {
      changed = false;
      peerClaims.tell(ownEpochs());
    }
  }

  private static void logTaken(OwnershipClaim claim) {
    String node = claim.takenFrom();
    if (node != null) {
      log.atInfo()
          .addKeyValue(LogKeys.ADDRESS, claim.address())
          .addKeyValue(LogKeys.NODE, node)
          .addKeyValue(LogKeys.REASON, claim.reason())
          .log("Took an address from another node, epoch {}", claim.epoch());
    }
  }

  private String now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** Addresses that no Service of this node has any more. */
  void forget(Set<InetAddress> released, Set<InetAddress> served) {
    Set<InetAddress> gone = new HashSet<>(released);
    gone.removeAll(served);
    changed |= own.keySet().removeAll(gone);
    planned.keySet().removeAll(gone);
  }

  /** The claim of this node to an address. */
  Optional<OwnershipClaim> ownClaim(InetAddress address) {
    return Optional.ofNullable(own.get(address));
  }

  /** The epochs of all claims of this node. */
  private Map<InetAddress, Long> ownEpochs() {
    Map<InetAddress, Long> epochs = new HashMap<>();
    own.forEach((address, claim) -> epochs.put(address, claim.epoch()));
    return Map.copyOf(epochs);
  }

  /** These, and the load balancers of other Services that have one of their addresses too. */
  Collection<LoadBalancerConfig> withSharing(Collection<LoadBalancerConfig> configs) {
    Map<ServiceKey, LoadBalancerConfig> all = new HashMap<>();
    configs.forEach(config -> all.put(config.id(), config));
    for (LoadBalancerConfig config : configs) {
      config.addresses().stream()
          .flatMap(address -> cluster.grantOf(address).stream())
          .flatMap(grant -> grant.services().stream())
          .filter(id -> !all.containsKey(id))
          .flatMap(id -> cluster.loadBalancer(id).stream())
          .forEach(other -> all.put(other.id(), other));
    }
    return all.values();
  }
}
