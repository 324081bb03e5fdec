package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.endpoint.EndpointAdmission;
import dev.ballast.dataplane.core.endpoint.NodeLocality;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.reachability.CheckResult;
import dev.ballast.dataplane.core.reachability.CheckTarget;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.cluster.ClusterState;
import dev.ballast.dataplane.server.cluster.EndpointSetting;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.cluster.NodeSettings;
import dev.ballast.dataplane.server.cluster.PeerNode;
import dev.ballast.dataplane.server.cluster.WorkQueue;
import dev.ballast.dataplane.server.handover.Handovers;
import dev.ballast.dataplane.server.membership.Members;
import dev.ballast.dataplane.server.metrics.NodeMetric;
import dev.ballast.dataplane.server.reachability.PeerChecker;
import dev.ballast.dataplane.server.status.StatusReportBuilder;
import dev.ballast.dataplane.server.status.StatusWriter;
import dev.ballast.dataplane.server.sync.checks.CheckTargets;
import dev.ballast.dataplane.server.sync.checks.ExclusionLog;
import dev.ballast.dataplane.server.sync.checks.PeerNodeChanges;
import dev.ballast.dataplane.server.sync.checks.RefusedEndpoints;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The reconciler of this node: makes relay and announcer match the cluster, and reports. It is
 * level-based: for each Service it examines, it computes the whole desired state from what is known
 * now, so that no single event matters. It examines the Services that are due, so that its work
 * does not grow with the number of Services. It examines all of them when members or locality have
 * changed, after a failure, and from time to time.
 *
 * <p>Addresses are released before their listeners close, so that no client is refused that another
 * node could serve. Listeners open before their addresses are announced, so that no client reaches
 * a closed port. The report comes last, since it describes the result.
 */
final class NodeReconciler {

  private final String self;
  private final ClusterState cluster;
  private final Announcer announcer;
  private final AddressTable addressTable = new AddressTable();
  private final AddressesToProbe addressesToProbe = new AddressesToProbe();
  private final boolean podsOnly;
  private final AddressGrantCheck grantCheck;
  private final ClaimTable claims;
  private final RefusedEndpoints refusedEndpoints = new RefusedEndpoints();
  private final DuplicateOwnerDetector duplicateOwnerDetector = new DuplicateOwnerDetector();
  private final AddressAcquirer addressAcquirer;
  private final RelayControl relayControl;
  private final AddressMoves addressMoves;
  private final RelayUpdater relayUpdater;
  private final LoadBalancerReporter reporter;
  private final CheckTargets checkTargets;
  private final PeerChecker peerChecker;

  private volatile boolean active;
  private volatile boolean leaving;
  private boolean reconcileAll = true;
  private final ExclusionLog exclusionLog = new ExclusionLog();
  private @Nullable NodeLocality locality;
  private volatile Map<String, PeerNode> peerNodes = Map.of();
  private volatile @Nullable Members members;

  NodeReconciler(
      NodeSettings settings,
      ClusterState cluster,
      ClaimTable claims,
      RelayControl relayControl,
      Announcer announcer,
      Handovers handovers,
      StatusWriter statusWriter,
      PeerChecker peerChecker,
      LongSupplier nanoTime,
      MeterRegistry metrics) {
    this.self = settings.name();
    this.podsOnly = settings.endpoints() == EndpointSetting.PODS_ONLY;
    this.cluster = cluster;
    this.claims = claims;
    this.grantCheck = new AddressGrantCheck(cluster::grantOf, nanoTime);
    this.announcer = announcer;
    announcer.setPolicies(cluster::announcePolicy);
    this.addressAcquirer = new AddressAcquirer(announcer, addressTable, nanoTime, metrics);
    this.relayControl = relayControl;
    this.addressMoves = new AddressMoves(handovers, claims, addressTable, announcer, relayControl);
    this.relayUpdater = new RelayUpdater(relayControl, metrics);
    this.reporter = new LoadBalancerReporter(relayUpdater, addressTable, statusWriter);
    this.checkTargets = new CheckTargets(self);
    this.peerChecker = peerChecker;
    NodeMetric.ACTIVE.gauge(metrics, () -> active ? 1 : 0);
    NodeMetric.MEMBERS.gauge(metrics, this::memberCount);
    NodeMetric.ADDRESSES_UNREACHABLE.gauge(metrics, this::unreachable);
  }

  /** The result of one reconciliation. */
  enum ReconcileResult {
    DONE,
    /** Something failed, a probe is running, or a grant is missing: reconcile again soon. */
    INCOMPLETE,
    /** This node is being stopped. Nothing was done, and nothing will be. */
    LEAVING
  }

  private long unreachable() {
    Members now = members;
    return now == null ? 0 : PeerNode.unreachable(self, now.nodes(), peerNodes.values());
  }

  private int memberCount() {
    Members now = members;
    return now == null ? 0 : now.nodes().size();
  }

  /**
   * Brings the relay up to date, and nothing else: another process of this node announces and
   * reports. DONE: this process serves all that it has to serve as soon as it is active.
   *
   * @param listen whether to open listeners; without, it only waits for the endpoints of Services
   */
  ReconcileResult prepare(WorkQueue.WorkItems due, boolean listen) throws InterruptedException {
    Members currentMembers = cluster.members();
    if (currentMembers.leaving()) {
      return ReconcileResult.LEAVING;
    }
    ClusterSnapshot snapshot = observe(currentMembers, due);
    Map<ServiceKey, List<InetAddress>> served = served(snapshot, snapshot.servedAddresses());
    DesiredState desired = desired(snapshot, served);
    boolean listening = !listen || relayUpdater.apply(desired.servers(), snapshot.examined());
    boolean prepared =
        listening
            && desired.servers().keySet().containsAll(served.keySet())
            && grantCheck.waiting().isEmpty();
    // Until then, the next one examines every Service too: DONE is about all of them.
    reconcileAll = !prepared;
    return prepared ? ReconcileResult.DONE : ReconcileResult.INCOMPLETE;
  }

  /**
   * From now on, this process serves what the relay has, and no other process of this node. The
   * addresses of the other one stay local.
   *
   * @throws IOException when the kernel rejects a change; to be repeated
   */
  void activate() throws IOException {
    announcer.activate();
    relayControl.activate();
    claims.activate();
    active = true;
    reconcileAll = true;
  }

  /** Leaves addresses and connections as they are, for another process of this node. */
  CompletionStage<Void> deactivate() {
    CompletionStage<Void> deactivated = relayControl.deactivate();
    announcer.deactivate();
    addressTable.clear();
    claims.deactivate();
    checkTargets.clear();
    peerChecker.clear();
    reporter.suspend();
    active = false;
    reconcileAll = true;
    return deactivated;
  }

  /** Reconciles once. Blocks until the relay has opened its listeners, which needs no network. */
  ReconcileResult reconcile(WorkQueue.WorkItems due) throws InterruptedException {
    Members currentMembers = cluster.members();
    if (currentMembers.leaving() || leaving) {
      handOver(currentMembers);
      return currentMembers.leaving() ? ReconcileResult.LEAVING : ReconcileResult.INCOMPLETE;
    }
    Set<InetAddress> drained = addressMoves.endDrained();
    due = due.with(servicesOf(drained));
    ClusterSnapshot snapshot = observe(currentMembers, due);
    Set<InetAddress> servedAddresses = snapshot.servedAddresses();
    Set<InetAddress> draining = addressMoves.draining(snapshot.decisions(), servedAddresses);
    claims.update(snapshot.decisions(), servedAddresses, currentMembers, snapshot.all());
    Set<InetAddress> relayedAddresses = new HashSet<>(servedAddresses);
    relayedAddresses.addAll(draining);
    Map<ServiceKey, List<InetAddress>> relayed = served(snapshot, relayedAddresses);
    Map<ServiceKey, List<InetAddress>> served = AddressMoves.without(draining, relayed);
    // Before all else, since probes take a while.
    probe(snapshot, served);
    DesiredState desired = desired(snapshot, relayed);

    boolean releaseAll = snapshot.all() || !drained.isEmpty();
    AddressAcquirer.ReleasedAddresses released =
        addressAcquirer.release(snapshot.examined(), desired.servers(), draining, releaseAll);
    claims.forget(released.unannounced(), servedAddresses);
    addressMoves.handOver(released.nonlocal());
    boolean listening = relayUpdater.apply(desired.servers(), snapshot.examined());
    Set<InetAddress> announced = new HashSet<>(desired.addresses());
    announced.removeAll(draining);
    addressMoves.take(announced);
    Set<ServiceKey> changed = addressAcquirer.acquire(announced, snapshot.ownership());
    claims.begin(addressTable);
    duplicateOwnerDetector
        .endedOverlaps(
            snapshot.examined(),
            snapshot.configs(),
            snapshot.ownedAddresses(),
            addressTable.addresses())
        .forEach(announcer::announceAgain);
    report(snapshot, served.keySet(), changed);
    peerChecker.setTargets(
        checkTargets.update(
            snapshot.examined(), snapshot.configs(), currentMembers.nodes(), peerNodes),
        this::knownResult);

    reconcileAll = addressAcquirer.haveFailuresChanged() || !listening;
    return listening
            && addressTable.pending().isEmpty()
            && grantCheck.waiting().isEmpty()
            && !addressMoves.isDraining()
        ? ReconcileResult.DONE
        : ReconcileResult.INCOMPLETE;
  }

  /**
   * From now on, this node hands over each address as soon as another node claims it. Its
   * connections go on. Thread-safe.
   */
  void leave() {
    leaving = true;
  }

  /** How many addresses this node claims. Thread-safe. */
  int claimCount() {
    return claims.count();
  }

  /** For what a node does that leaves. */
  AddressMoves addressMoves() {
    return addressMoves;
  }

  private void handOver(Members currentMembers) {
    ClusterSnapshot snapshot = observe(currentMembers, WorkQueue.WorkItems.ALL);
    var unused = addressMoves.draining(snapshot.decisions(), Set.of());
    claims.update(snapshot.decisions(), snapshot.servedAddresses(), currentMembers, false);
    addressMoves.handOver(Set.of());
    claims.begin(addressTable);
  }

  /** The Services that this node serves among those that have one of these addresses. */
  private Set<ServiceKey> servicesOf(Set<InetAddress> addresses) {
    return addresses.stream()
        .flatMap(address -> cluster.grantOf(address).stream())
        .flatMap(grant -> grant.services().stream())
        .filter(relayUpdater.applied()::containsKey)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** What this process or an earlier one of this node has reported about a target. */
  private Optional<CheckResult> knownResult(CheckTarget target) {
    return Optional.ofNullable(peerNodes.get(self))
        .flatMap(node -> node.resultOf(target.address(), target.node()));
  }

  private Map<ServiceKey, List<InetAddress>> served(
      ClusterSnapshot snapshot, Set<InetAddress> addresses) {
    return grantCheck.granted(
        snapshot.examined(),
        snapshot.configs(),
        DesiredState.addressesByService(snapshot.configs(), addresses));
  }

  private DesiredState desired(
      ClusterSnapshot snapshot, Map<ServiceKey, List<InetAddress>> served) {
    // A takeover needs no API server.
    Set<ServiceKey> kept =
        DesiredState.succeeded(snapshot.configs(), snapshot.decisions(), snapshot.ownership());
    kept.addAll(served.keySet());
    cluster.setServedServices(kept, snapshot.examined());
    DesiredState desired =
        DesiredState.of(
            snapshot.configs(),
            served,
            snapshot.locality(),
            endpointAdmission(),
            cluster::endpointSlices);
    refusedEndpoints.update(snapshot.examined(), desired.refused());
    return desired;
  }

  /**
   * Decides by the nodes with a data plane, whose addresses this node knows without more rights. A
   * Service that is not examined learns of a new load balancer address with the next full
   * reconciliation.
   */
  private EndpointAdmission endpointAdmission() {
    return new EndpointAdmission(
        address -> cluster.grantOf(address).filter(grant -> !grant.isEmpty()).isPresent(),
        cluster.nodeAddresses()::containsKey,
        podsOnly);
  }

  private ClusterSnapshot observe(Members currentMembers, WorkQueue.WorkItems due) {
    NodeLocality currentLocality = cluster.locality();
    var nodeChanges = new PeerNodeChanges(peerNodes, cluster.peerNodes());
    boolean all =
        due.all()
            || reconcileAll
            || nodeChanges.subnetsDiffer()
            || !currentMembers.equals(members)
            || !currentLocality.equals(locality);
    // Until this reconciliation has succeeded.
    reconcileAll = true;
    members = currentMembers;
    locality = currentLocality;
    peerNodes = nodeChanges.now();
    exclusionLog.update(currentMembers.excluded().contains(self));
    Set<ServiceKey> services = new HashSet<>(due.services());
    services.addAll(grantCheck.waiting());
    nodeChanges.nodesWithOtherFirewall().forEach(peerChecker::checkSoon);
    services.addAll(servicesOf(nodeChanges.checkedAddresses()));
    Collection<LoadBalancerConfig> configs =
        all ? cluster.loadBalancers() : claims.withSharing(loadBalancers(services));
    Set<ServiceKey> examined = new HashSet<>(all ? reporter.known() : services);
    if (all) {
      examined.addAll(relayUpdater.applied().keySet());
    }
    configs.forEach(config -> examined.add(config.id()));
    examined.addAll(relayUpdater.unconfirmed());
    claims.observe();
    var ownership =
        addressAcquirer.ownership(self, currentMembers, claims::of, cluster::announcePolicy);
    return new ClusterSnapshot(
        ownership,
        currentLocality,
        all,
        examined,
        configs,
        DesiredState.decisions(configs, ownership));
  }

  private List<LoadBalancerConfig> loadBalancers(Set<ServiceKey> services) {
    return services.stream().map(cluster::loadBalancer).flatMap(Optional::stream).toList();
  }

  private void probe(ClusterSnapshot snapshot, Map<ServiceKey, List<InetAddress>> served) {
    announcer.setNodeAddresses(cluster.nodeAddresses());
    Set<InetAddress> addresses =
        addressesToProbe.update(
            snapshot.examined(),
            snapshot.configs(),
            served,
            snapshot.ownership().members().dead(),
            addressTable);
    addresses.addAll(
        DesiredState.pendingAddresses(
            cluster.pendingAddresses(), snapshot.ownership(), addressTable));
    // No node may answer: what a node announces is not probed.
    announcer.probe(
        addresses.stream()
            .collect(Collectors.toUnmodifiableMap(Function.identity(), address -> Set.of())));
  }

  /**
   * Reports on the examined Services, and on others that share an address whose result has changed.
   */
  private void report(ClusterSnapshot snapshot, Set<ServiceKey> served, Set<ServiceKey> changed) {
    var builder =
        new StatusReportBuilder(
            snapshot.ownership(),
            relayControl.steeringMode(),
            grantCheck::refused,
            refusedEndpoints::of,
            claims::ownClaim,
            addressAcquirer::failureOf,
            peerNodes);
    reporter.report(snapshot.examined(), snapshot.configs(), served, builder);
    Set<ServiceKey> others = new HashSet<>(changed);
    others.removeAll(snapshot.examined());
    reporter.report(others, loadBalancers(others), relayUpdater.applied().keySet(), builder);
  }
}
