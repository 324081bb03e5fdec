package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.address.AnnouncePolicy;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.server.announce.AcquireResult;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.membership.AddressOwnership;
import dev.ballast.dataplane.server.membership.AnnouncementFailures;
import dev.ballast.dataplane.server.membership.KnownClaims;
import dev.ballast.dataplane.server.membership.Members;
import dev.ballast.dataplane.server.metrics.NodeMetric;
import dev.ballast.logging.LogKeys;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;
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
  private final AnnouncementFailures failures;
  private final Counter conflictsBefore;
  private final Counter conflictsAfter;

  AddressAcquirer(
      Announcer announcer, AddressTable table, LongSupplier nanoTime, MeterRegistry metrics) {
    this.failures = new AnnouncementFailures(nanoTime);
    this.announcer = announcer;
    this.table = table;
    this.conflictsBefore = conflicts(metrics, "before");
    this.conflictsAfter = conflicts(metrics, "after");
    NodeMetric.ADDRESSES_ANNOUNCED.gauge(metrics, table::acquiredCount);
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
   * What {@link #release} has done.
   *
   * @param unannounced the addresses that no Service announces any longer
   * @param nonlocal the addresses without a route from now on
   */
  record ReleasedAddresses(Set<InetAddress> unannounced, Set<InetAddress> nonlocal) {}

  /**
   * Replaces the addresses of the examined Services, and releases those that no Service uses any
   * more.
   *
   * @param draining addresses that this node announces no longer, and that stay local
   * @param all whether to release in any case, since an earlier release may have failed
   * @return what is announced or local no longer
   */
  ReleasedAddresses release(
      Set<ServiceKey> examined,
      Map<ServiceKey, VirtualServer> desired,
      Set<InetAddress> draining,
      boolean all) {
    Set<InetAddress> unannounced = new HashSet<>();
    for (ServiceKey id : examined) {
      VirtualServer server = desired.get(id);
      List<InetAddress> announced =
          server == null
              ? List.of()
              : server.addresses().stream().filter(a -> !draining.contains(a)).toList();
      unannounced.addAll(table.setAddresses(id, announced));
    }
    if (!all && unannounced.isEmpty()) {
      return new ReleasedAddresses(unannounced, Set.of());
    }
    Set<InetAddress> keep = new HashSet<>(table.addresses());
    keep.addAll(draining);
    return new ReleasedAddresses(unannounced, announcer.releaseAllExcept(keep));
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
      recordFailure(address, result);
      if (!result.equals(before)) {
        changed.addAll(table.servicesOf(address));
        logChange(address, result, before);
      }
    }
    return changed;
  }

  /** Which addresses this node owns, by what it can announce. */
  AddressOwnership ownership(
      String self,
      Members members,
      Function<InetAddress, KnownClaims> claims,
      Function<InetAddress, AnnouncePolicy> policies) {
    return new AddressOwnership(
        self, members, announcer::isOnLink, failures::isUnable, claims, policies);
  }

  /** Why another node should own the address. */
  Optional<String> failureOf(InetAddress address) {
    return failures.message(address);
  }

  /** Whether {@link #failureOf} has a result for other addresses than after the last call. */
  boolean haveFailuresChanged() {
    return failures.haveChanged();
  }

  /** Another node fails too where another machine has the address, or it is no host address. */
  private void recordFailure(InetAddress address, AcquireResult result) {
    switch (result) {
      case AcquireResult.AcquireRejected(AcquireResult.RejectionReason reason, String message) -> {
        switch (reason) {
          case ADDRESS_IN_USE, ADDRESS_UNUSABLE -> failures.succeeded(address);
          case NOT_ON_LINK,
              REVERSE_PATH_FILTER,
              IPV6_DISABLED,
              PERMISSION_DENIED,
              ROUTE_REFUSED,
              ANNOUNCEMENT_FAILED ->
              failures.failed(address, message);
        }
      }
      case AcquireResult.Acquired _, AcquireResult.AcquiredWithConflict _ ->
          failures.succeeded(address);
      case AcquireResult.Probing() -> {}
    }
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
