package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.relay.VirtualServerStatus;
import dev.ballast.dataplane.server.status.StatusReport;
import dev.ballast.dataplane.server.status.StatusReportBuilder;
import dev.ballast.dataplane.server.status.StatusWriter;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Reports on Services: builds this node's report from what relay and announcer do, and hands it to
 * the {@link StatusWriter}. One thread uses it.
 */
final class LoadBalancerReporter {

  private final RelayUpdater relay;
  private final AddressTable addressTable;
  private final StatusWriter statusWriter;

  /** The Services that have a LoadBalancer or are served. */
  private final Set<ServiceKey> known = new HashSet<>();

  LoadBalancerReporter(RelayUpdater relay, AddressTable addressTable, StatusWriter statusWriter) {
    this.relay = relay;
    this.addressTable = addressTable;
    this.statusWriter = statusWriter;
  }

  /** The Services that have a LoadBalancer or are served, as a view. */
  Set<ServiceKey> known() {
    return Collections.unmodifiableSet(known);
  }

  /** Reports nothing more: another process of this node does. */
  void suspend() {
    statusWriter.suspend();
  }

  /**
   * Reports on these Services.
   *
   * @param configs of these Services, as far as they exist
   * @param served the Services that this node has to serve
   */
  void report(
      Set<ServiceKey> services,
      Collection<LoadBalancerConfig> configs,
      Set<ServiceKey> served,
      StatusReportBuilder builder) {
    Set<ServiceKey> gone = new HashSet<>(services);
    for (LoadBalancerConfig config : configs) {
      gone.remove(config.id());
      known.add(config.id());
      report(config, served, builder);
    }
    for (ServiceKey id : gone) {
      statusWriter.forget(id);
      if (!relay.applied().containsKey(id)) {
        known.remove(id);
      }
    }
  }

  private void report(
      LoadBalancerConfig config, Set<ServiceKey> served, StatusReportBuilder builder) {
    ServiceKey id = config.id();
    Optional<VirtualServer> applied = Optional.ofNullable(relay.applied().get(id));
    // A Service all of whose addresses drain is not this node's any longer.
    Optional<VirtualServer> server = applied.filter(it -> !addressTable.isDrained(it));
    boolean drained = applied.isPresent() && server.isEmpty();
    Optional<VirtualServerStatus> status = relay.statusOf(id);
    // A probe ends in a moment: one complete report instead of two writes.
    if (server.isPresent() && addressTable.isProbing(server.get())) {
      return;
    }
    Optional<StatusReport> own =
        server.isEmpty()
            ? builder.forUnserved(config)
            : status.map(s -> builder.forServed(config, s, addressTable.resultsOf(server.get())));
    // Not served yet, or not closed yet: the last report stays until then.
    if (own.isPresent() || ((status.isEmpty() || drained) && !served.contains(id))) {
      statusWriter.setDesired(id, builder.desiredStatus(config, own));
    }
  }
}
