package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.endpoint.NodeLocality;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.core.plan.VirtualServerChanges;
import dev.ballast.dataplane.server.announce.AcquireResult;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.cluster.ClusterState;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.cluster.WorkQueue;
import dev.ballast.dataplane.server.membership.Members;
import dev.ballast.dataplane.server.relay.VirtualServerStatus;
import dev.ballast.dataplane.server.status.StatusReport;
import dev.ballast.dataplane.server.status.StatusReportBuilder;
import dev.ballast.dataplane.server.status.StatusWriter;
import dev.ballast.logging.LogKeys;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the node do what the cluster wants, one pass at a time. A pass looks at Services, and
 * computes of each the whole from what is known now, so that no event matters by itself: at those
 * that are due, so that its work does not grow with what else there is; and at all of them when
 * anything has changed that concerns all, when a pass failed, and now and then.
 *
 * <p>In a pass, addresses that are no longer this node's are let go of before their listeners
 * close, so nobody is refused who could be served elsewhere; and listeners open before their
 * addresses are taken, so nobody is led to a closed port. The report comes last: it says what is.
 */
final class NodeReconciler {

  private static final Logger log = LoggerFactory.getLogger(NodeReconciler.class);
  private static final long APPLY_SECONDS = 30;
  private static final Duration[] BUCKETS =
      IntStream.of(1, 2, 5, 10, 25, 50, 100, 250, 1000)
          .mapToObj(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final String self;
  private final ClusterState cluster;
  private final RelayControl relayControl;
  private final Announcer announcer;
  private final StatusWriter reports;
  private final Timer applyTimer;
  private final Counter conflictsBefore;
  private final Counter conflictsAfter;
  private final AddressTable addressTable = new AddressTable();
  private final AddressesToProbe addressesToProbe = new AddressesToProbe();
  private final DuplicateOwnerDetector duplicateOwnerDetector = new DuplicateOwnerDetector();

  /** The Services that have a program or are served. */
  private final Set<ServiceKey> known = new HashSet<>();

  private final Map<ServiceKey, VirtualServer> applied = new HashMap<>();

  /** Those of which the relay was told, and it is not known what became of it. */
  private final Set<ServiceKey> unsure = new HashSet<>();

  private boolean afresh = true;
  private boolean excluded;
  private @Nullable NodeLocality locality;
  private volatile @Nullable Members members;

  NodeReconciler(
      String self,
      ClusterState cluster,
      RelayControl relayControl,
      Announcer announcer,
      StatusWriter reports,
      MeterRegistry metrics) {
    this.self = self;
    this.cluster = cluster;
    this.relayControl = relayControl;
    this.announcer = announcer;
    this.reports = reports;
    this.applyTimer =
        Timer.builder("ballast.apply")
            .description("Time until the relay serves what is desired")
            .serviceLevelObjectives(BUCKETS)
            .register(metrics);
    this.conflictsBefore = conflicts(metrics, "before");
    this.conflictsAfter = conflicts(metrics, "after");
    Gauge.builder("ballast.addresses.announced", addressTable, AddressTable::count)
        .description("Addresses that this node answers for")
        .register(metrics);
    Gauge.builder("ballast.members", this, NodeReconciler::memberCount)
        .description("Nodes that may own addresses")
        .register(metrics);
  }

  /** From the start on, so that a first one counts as an increase. */
  private static Counter conflicts(MeterRegistry metrics, String announcement) {
    return Counter.builder("ballast.address.conflicts")
        .description(
            "Addresses found in use by a machine that is no node, before this node announced them or after")
        .tag("announcement", announcement)
        .register(metrics);
  }

  /** How a pass went. */
  enum ReconcileResult {
    DONE,
    /** Something could not be done and has to be tried again soon. */
    INCOMPLETE,
    /** This node is being stopped: nothing was done, and nothing will be. */
    LEAVING
  }

  private int memberCount() {
    Members now = members;
    return now == null ? 0 : now.nodes().size();
  }

  /** One pass; blocks for as long as it takes to listen, which no network slows down. */
  ReconcileResult pass(WorkQueue.WorkItems due) throws InterruptedException {
    Members now = cluster.members();
    if (now.leaving()) {
      return ReconcileResult.LEAVING;
    }
    NodeLocality here = cluster.here();
    boolean all = due.all() || afresh || !now.equals(members) || !here.equals(locality);
    afresh = true;
    members = now;
    locality = here;
    tellExclusion(now.excluded().contains(self));
    Collection<LoadBalancerConfig> configs = all ? cluster.programs() : programs(due.services());
    Set<ServiceKey> looked = new HashSet<>(all ? known : due.services());
    configs.forEach(config -> looked.add(config.id()));
    looked.addAll(unsure);
    Map<ServiceKey, List<InetAddress>> assigned = DesiredState.owned(configs, now, self);
    Map<ServiceKey, List<InetAddress>> owned =
        now.mustLetGo(self) ? assigned : AddressHandover.withKept(assigned, configs, applied, self);
    // Before all else, since the answers take a while.
    announcer.setNodeAddresses(cluster.nodeAddresses());
    Set<InetAddress> unused = addressesToProbe.among(looked, configs, owned, addressTable);
    unused.addAll(DesiredState.foretold(cluster.foretold(), now, self, addressTable));
    announcer.probe(unused);
    cluster.serve(owned.keySet(), looked);
    DesiredState desiredState = DesiredState.of(configs, owned, here, cluster::slices);
    letGo(looked, desiredState, all);
    boolean listening = listen(changes(desiredState.servers(), looked));
    Set<ServiceKey> concerned = take(desiredState.addresses());
    duplicateOwnerDetector
        .ended(looked, configs, assigned, addressTable.all())
        .forEach(announcer::announceAgain);
    concerned.removeAll(looked);
    report(looked, configs, owned.keySet(), now);
    report(concerned, programs(concerned), applied.keySet(), now);
    afresh = !listening;
    return listening && addressTable.unsettled().isEmpty()
        ? ReconcileResult.DONE
        : ReconcileResult.INCOMPLETE;
  }

  private List<LoadBalancerConfig> programs(Set<ServiceKey> services) {
    return services.stream().map(cluster::program).flatMap(Optional::stream).toList();
  }

  private void tellExclusion(boolean now) {
    if (now != excluded) {
      log.info(
          now
              ? "owns no address from now on: its Node has the label {}; removing it ends that"
              : "may own addresses again: its Node has no label {} any more",
          Members.EXCLUSION_LABEL);
    }
    excluded = now;
  }

  private void letGo(Set<ServiceKey> looked, DesiredState desiredState, boolean all) {
    boolean fewer = all;
    for (ServiceKey id : looked) {
      VirtualServer server = desiredState.servers().get(id);
      fewer |= addressTable.want(id, server == null ? List.of() : server.addresses());
    }
    if (fewer) {
      announcer.releaseAllExcept(addressTable.all());
    }
  }

  private VirtualServerChanges changes(
      Map<ServiceKey, VirtualServer> desired, Set<ServiceKey> looked) {
    VirtualServerChanges known = VirtualServerChanges.between(applied, desired, looked);
    Map<ServiceKey, VirtualServer> serve = new HashMap<>(known.serve());
    Set<ServiceKey> end = new HashSet<>(known.end());
    for (ServiceKey id : unsure) {
      VirtualServer server = desired.get(id);
      if (server == null) {
        end.add(id);
      } else {
        serve.put(id, server);
      }
    }
    return new VirtualServerChanges(serve, end);
  }

  private boolean listen(VirtualServerChanges changes) throws InterruptedException {
    if (changes.isEmpty()) {
      return true;
    }
    unsure.addAll(changes.serve().keySet());
    unsure.addAll(changes.end());
    long start = System.nanoTime();
    try {
      relayControl.change(changes).toCompletableFuture().get(APPLY_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      log.atError().setCause(e.getCause()).log("the relay failed; it will be asked again");
      return false;
    } catch (TimeoutException e) {
      log.atWarn().log("listening takes more than {} s; it will be tried again", APPLY_SECONDS);
      return false;
    }
    applyTimer.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
    for (ServiceKey id : changes.serve().keySet()) {
      if (!applied.containsKey(id)) {
        log.atInfo().addKeyValue(LogKeys.SERVICE, id).log("serves a Service");
      }
    }
    for (ServiceKey id : changes.end()) {
      log.atInfo().addKeyValue(LogKeys.SERVICE, id).log("no longer serves a Service");
    }
    changes.applyTo(applied);
    unsure.clear();
    return true;
  }

  /** Also tries again what is not settled; returns the Services of which it went otherwise. */
  private Set<ServiceKey> take(Set<InetAddress> wanted) {
    Set<InetAddress> due = new LinkedHashSet<>(wanted);
    due.addAll(addressTable.unsettled());
    due.addAll(addressTable.contested());
    Set<ServiceKey> concerned = new HashSet<>();
    for (InetAddress address : due) {
      AcquireResult result = announcer.acquire(address);
      AcquireResult before = addressTable.took(address, result);
      if (!result.equals(before)) {
        concerned.addAll(addressTable.servicesOf(address));
        tell(address, result, before);
      }
    }
    return concerned;
  }

  private void tell(InetAddress address, AcquireResult now, @Nullable AcquireResult before) {
    switch (now) {
      case AcquireResult.AcquireRejected(AcquireResult.RejectionReason reason, String message) -> {
        log.atWarn()
            .addKeyValue(LogKeys.ADDRESS, address.getHostAddress())
            .log("address not taken: {}: {}", reason, message);
        if (reason == AcquireResult.RejectionReason.ADDRESS_IN_USE) {
          conflictsBefore.increment();
        }
      }
      case AcquireResult.AcquiredWithConflict(String message) -> {
        log.atWarn()
            .addKeyValue(LogKeys.ADDRESS, address.getHostAddress())
            .log("conflict over an address that this node announces: {}", message);
        conflictsAfter.increment();
      }
      case AcquireResult.Acquired() -> {
        if (before instanceof AcquireResult.AcquiredWithConflict) {
          log.atInfo()
              .addKeyValue(LogKeys.ADDRESS, address.getHostAddress())
              .log("no other machine answers for the address any more");
        }
      }
      case AcquireResult.Probing() -> {}
    }
  }

  private void report(
      Set<ServiceKey> services,
      Collection<LoadBalancerConfig> configs,
      Set<ServiceKey> owned,
      Members now) {
    StatusReportBuilder reportBuilder = new StatusReportBuilder(self, now);
    Set<ServiceKey> gone = new HashSet<>(services);
    for (LoadBalancerConfig config : configs) {
      ServiceKey id = config.id();
      gone.remove(id);
      known.add(id);
      Optional<VirtualServer> server = Optional.ofNullable(applied.get(id));
      Optional<VirtualServerStatus> runs = relayControl.running(id);
      // Then there is something to say in a moment; said by halves, it would be a write too many.
      if (server.isPresent() && addressTable.isProbing(server.get())) {
        continue;
      }
      Optional<StatusReport> own =
          server.isEmpty()
              ? reportBuilder.unserved(config)
              : runs.map(r -> reportBuilder.served(config, r, addressTable.of(server.get())));
      // Not yet served, or not yet closed: what was last said of it stands until then.
      if (own.isPresent() || (runs.isEmpty() && !owned.contains(id))) {
        reports.want(id, reportBuilder.wanted(config, own));
      }
    }
    for (ServiceKey id : gone) {
      reports.forget(id);
      if (!applied.containsKey(id)) {
        known.remove(id);
      }
    }
  }
}
