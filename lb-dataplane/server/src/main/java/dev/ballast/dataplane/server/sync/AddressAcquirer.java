package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.server.announce.AcquireResult;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.membership.AddressOwnership;
import dev.ballast.dataplane.server.metrics.NodeMetric;
import dev.ballast.logging.LogKeys;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Acquires and releases addresses through the announcer, records the result of each, and counts
 * conflicts. What was rejected or conflicts is tried again each time. One thread uses it.
 */
final class AddressAcquirer {

  private static final Logger log = LoggerFactory.getLogger(AddressAcquirer.class);

  private final Announcer announcer;
  private final AddressTable table;
  private final Counter conflictsBefore;
  private final Counter conflictsAfter;

  AddressAcquirer(Announcer announcer, AddressTable table, MeterRegistry metrics) {
    this.announcer = announcer;
    this.table = table;
    this.conflictsBefore = conflicts(metrics, "before");
    this.conflictsAfter = conflicts(metrics, "after");
    Gauge.builder(NodeMetric.ADDRESSES_ANNOUNCED.meterName(), table, AddressTable::acquiredCount)
        .description(NodeMetric.ADDRESSES_ANNOUNCED.meaning())
        .register(metrics);
    FunctionCounter.builder(
            NodeMetric.ROUTE_REPAIRS.meterName(), announcer, Announcer::restoredRoutes)
        .description(NodeMetric.ROUTE_REPAIRS.meaning())
        .register(metrics);
  }

  /** Registered at the start, so that the first conflict counts as an increase. */
  private static Counter conflicts(MeterRegistry metrics, String announcement) {
    return Counter.builder(NodeMetric.ADDRESS_CONFLICTS.meterName())
        .description(NodeMetric.ADDRESS_CONFLICTS.meaning())
        .tag("announcement", announcement)
        .register(metrics);
  }

  /**
   * Replaces the addresses of the examined Services, and releases those that no Service uses any
   * more.
   *
   * @param draining addresses that this node announces no longer, and that stay local
   * @param all whether to release in any case, since an earlier release may have failed
   * @return the addresses that no Service announces any longer
   */
  Set<InetAddress> release(
      Set<ServiceKey> examined,
      Map<ServiceKey, VirtualServer> desired,
      Set<InetAddress> draining,
      boolean all) {
    Set<InetAddress> released = new HashSet<>();
    for (ServiceKey id : examined) {
      VirtualServer server = desired.get(id);
      List<InetAddress> announced =
          server == null
              ? List.of()
              : server.addresses().stream().filter(a -> !draining.contains(a)).toList();
      released.addAll(table.setAddresses(id, announced));
    }
    if (all || !released.isEmpty()) {
      Set<InetAddress> keep = new HashSet<>(table.addresses());
      keep.addAll(draining);
      announcer.releaseAllExcept(keep);
    }
    return released;
  }

  /**
   * Acquires these addresses, and tries the pending and conflicting ones again. All of them are
   * this node's to announce: one that is off-link has to use another interface.
   *
   * @return the Services for which a result has changed
   */
  Set<ServiceKey> acquire(Set<InetAddress> desired, AddressOwnership ownership) {
    Set<InetAddress> due = new LinkedHashSet<>(desired);
    due.addAll(table.pending());
    due.addAll(table.conflicting());
    Set<ServiceKey> changed = new HashSet<>();
    for (InetAddress address : due) {
      AcquireResult result = announcer.acquire(address, ownership.isOffLink(address));
      AcquireResult before = table.recordResult(address, result);
      if (!result.equals(before)) {
        changed.addAll(table.servicesOf(address));
        logChange(address, result, before);
      }
    }
    return changed;
  }

  private void logChange(InetAddress address, AcquireResult now, @Nullable AcquireResult before) {
    switch (now) {
      case AcquireResult.AcquireRejected(AcquireResult.RejectionReason reason, String message) -> {
        log.atWarn()
            .addKeyValue(LogKeys.ADDRESS, address.getHostAddress())
            .addKeyValue(LogKeys.REASON, reason)
            .log("Cannot announce an address: {}", message);
        if (reason == AcquireResult.RejectionReason.ADDRESS_IN_USE) {
          conflictsBefore.increment();
        }
      }
      case AcquireResult.AcquiredWithConflict(String message) -> {
        log.atWarn()
            .addKeyValue(LogKeys.ADDRESS, address.getHostAddress())
            .log("Conflict over an announced address: {}", message);
        conflictsAfter.increment();
      }
      case AcquireResult.Acquired() -> {
        if (before instanceof AcquireResult.AcquiredWithConflict) {
          log.atInfo()
              .addKeyValue(LogKeys.ADDRESS, address.getHostAddress())
              .log("Conflict over an announced address has ended");
        }
      }
      case AcquireResult.Probing() -> {}
    }
  }
}
