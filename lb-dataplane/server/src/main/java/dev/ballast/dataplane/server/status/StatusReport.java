package dev.ballast.dataplane.server.status;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.FrontendReport;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.api.v1alpha1.OwnershipClaim;
import dev.ballast.dataplane.core.endpoint.EndpointAdmission.RefusedEndpoint;
import dev.ballast.dataplane.server.announce.AcquireResult;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.cluster.Reachability;
import dev.ballast.dataplane.server.relay.FrontendStatus;
import dev.ballast.dataplane.server.relay.ListenFailureReason;
import dev.ballast.dataplane.server.relay.ListenerState;
import dev.ballast.dataplane.server.relay.VirtualServerStatus;
import dev.ballast.dataplane.server.relay.backend.BackendHealthStatus;
import dev.ballast.dataplane.server.steering.SteeringMode;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The report of this node on one LoadBalancer.
 *
 * @param conditions without transition times; empty if another node writes them
 * @param observedGeneration the oldest generation among the reports that the conditions follow from
 */
public record StatusReport(
    NodeReport node, List<ReportedCondition> conditions, long observedGeneration) {

  /** A condition without its times. */
  public record ReportedCondition(
      String type, ConditionStatus status, String reason, String message) {

    static ReportedCondition of(LoadBalancerReason reason, String message) {
      return new ReportedCondition(reason.type().type(), reason.status(), reason.reason(), message);
    }

    /**
     * A condition that is false.
     *
     * @param reason from a node's report; a node of a newer version may have reasons that {@link
     *     LoadBalancerReason} does not list
     */
    static ReportedCondition notMet(LoadBalancerConditionType type, String reason, String message) {
      return new ReportedCondition(type.type(), ConditionStatus.FALSE, reason, message);
    }

    /** A condition that is true, with a reason as in {@link #notMet}. */
    static ReportedCondition met(LoadBalancerConditionType type, String reason, String message) {
      return new ReportedCondition(type.type(), ConditionStatus.TRUE, reason, message);
    }

    ReportedCondition withMessage(String text) {
      return new ReportedCondition(type, status, reason, text);
    }
  }

  /**
   * The node that serves the first address writes the conditions. While an address moves, two nodes
   * can write them, with the same content, since it follows from the same reports.
   *
   * @param otherReports the reports of the other nodes that serve the Service
   * @param refusedEndpoints the endpoints that get no connections
   * @param claims of this node
   * @param unserved addresses that this node does not try to announce, or announces although it is
   *     off-link
   * @param reachability what other nodes find about an address that a node announces
   */
  static StatusReport of(
      String self,
      LoadBalancerConfig config,
      List<NodeReport> otherReports,
      VirtualServerStatus status,
      List<RefusedEndpoint> refusedEndpoints,
      Map<InetAddress, AcquireResult> acquireResults,
      Function<InetAddress, Optional<OwnershipClaim>> claims,
      List<AddressReport> unserved,
      SteeringMode steering,
      BiFunction<InetAddress, String, Reachability> reachability) {
    NodeReport report = node(self, status, refusedEndpoints, acquireResults, unserved, steering);
    NodeReport own = report.withClaims(claims(report.announcing(), claims));
    if (!acquireResults.containsKey(config.addresses().getFirst())
        && !refusesFirst(config, unserved)) {
      return new StatusReport(own, List.of(), status.generation());
    }
    List<NodeReport> all = Stream.concat(Stream.of(own), otherReports.stream()).toList();
    return new StatusReport(own, LoadBalancerConditions.of(config, all, reachability), oldest(all));
  }

  /** The node that would serve the first address writes the conditions too. */
  private static boolean refusesFirst(LoadBalancerConfig config, List<AddressReport> unserved) {
    String first = NetUtil.toAddressString(config.addresses().getFirst());
    return unserved.stream()
        .anyMatch(
            entry -> entry.address().equals(first) && AddressReports.appliesToAllNodes(entry));
  }

  private static long oldest(List<NodeReport> reports) {
    return reports.stream()
        .mapToLong(report -> Objects.requireNonNullElse(report.observedGeneration(), 0L))
        .min()
        .orElse(0);
  }

  private static List<OwnershipClaim> claims(
      List<String> announcing, Function<InetAddress, Optional<OwnershipClaim>> claims) {
    return announcing.stream()
        .flatMap(address -> claims.apply(InetAddress.ofLiteral(address)).stream())
        .toList();
  }

  private static NodeReport node(
      String self,
      VirtualServerStatus status,
      List<RefusedEndpoint> refusedEndpoints,
      Map<InetAddress, AcquireResult> acquireResults,
      List<AddressReport> unserved,
      SteeringMode steering) {
    List<String> announcing = new ArrayList<>();
    List<AddressReport> notAnnounced = new ArrayList<>(unserved);
    List<AddressReport> conflicts = new ArrayList<>();
    acquireResults.forEach(
        (address, result) -> {
          String text = NetUtil.toAddressString(address);
          switch (result) {
            case AcquireResult.Acquired() -> announcing.add(text);
            case AcquireResult.AcquiredWithConflict(String message) -> {
              announcing.add(text);
              conflicts.add(
                  new AddressReport(text, LoadBalancerReason.ADDRESS_CONFLICT.reason(), message));
            }
            case AcquireResult.Probing() -> {}
            case AcquireResult.AcquireRejected(
                    AcquireResult.RejectionReason reason,
                    String message) ->
                notAnnounced.add(
                    new AddressReport(text, LoadBalancerReason.of(reason).reason(), message));
          }
        });
    long healthy =
        status.backends().stream().filter(b -> b.state() == BackendHealthStatus.HEALTHY).count();
    return new NodeReport(
        self,
        status.generation(),
        announcing.stream().sorted().toList(),
        notAnnounced.stream()
            .sorted(
                Comparator.comparing(AddressReport::address).thenComparing(AddressReport::reason))
            .toList(),
        conflicts.stream().sorted(Comparator.comparing(AddressReport::address)).toList(),
        status.frontends().stream().map(StatusReport::frontend).toList(),
        healthy + "/" + status.backends().size(),
        Stream.concat(
                BackendReports.refused(refusedEndpoints).stream(),
                status.backends().stream().map(BackendReports::of))
            .limit(NodeReport.MAX_BACKENDS)
            .toList(),
        steering.toString(),
        status.rejecting().stream().map(why -> LoadBalancerReason.of(why).reason()).toList(),
        List.of());
  }

  /** Reports on addresses of a LoadBalancer of which this node serves nothing. */
  static StatusReport ofUnserved(
      String self,
      LoadBalancerConfig config,
      List<NodeReport> otherReports,
      List<AddressReport> unserved) {
    var own =
        new NodeReport(self, config.generation(), List.of(), unserved, List.of(), null, List.of());
    return new StatusReport(
        own,
        refusesFirst(config, unserved)
            ? List.of(
                LoadBalancerConditions.announced(
                    config, Stream.concat(Stream.of(own), otherReports.stream()).toList()))
            : List.of(),
        config.generation());
  }

  /** Reports that every node is excluded. One node writes it for all. */
  static StatusReport ofExclusion(String self, LoadBalancerConfig config, Set<String> excluded) {
    var node =
        new NodeReport(self, config.generation(), List.of(), List.of(), List.of(), null, List.of());
    return new StatusReport(
        node, List.of(LoadBalancerConditions.allExcluded(excluded)), config.generation());
  }

  /** Whether the two differ in more than the health of backends. */
  boolean differsBeyondHealth(StatusReport other) {
    return !withoutHealth().equals(other.withoutHealth());
  }

  private StatusReport withoutHealth() {
    return new StatusReport(
        new NodeReport(
            node.name(),
            node.observedGeneration(),
            node.announcing(),
            node.notAnnounced(),
            node.conflicts(),
            node.frontends().stream().map(StatusReport::withoutBackend).toList(),
            null,
            List.of(),
            node.steering(),
            node.rejecting(),
            node.claims()),
        conditions.stream()
            .filter(condition -> !condition.type().equals(LoadBalancerConditionType.HEALTHY.type()))
            .filter(
                condition ->
                    !condition.type().equals(LoadBalancerConditionType.REACHABLE.type())
                        || condition.status() == ConditionStatus.FALSE)
            .toList(),
        observedGeneration);
  }

  private static FrontendReport withoutBackend(FrontendReport report) {
    return report.listening()
        ? new FrontendReport(report.port(), report.protocol(), true, null, null)
        : report;
  }

  private static FrontendReport frontend(FrontendStatus frontend) {
    String protocol = frontend.protocol().name();
    return switch (frontend.state()) {
      case ListenerState.Listening() ->
          frontend.hasBackend()
              ? new FrontendReport(frontend.port(), protocol, true, null, null)
              : new FrontendReport(
                  frontend.port(),
                  protocol,
                  true,
                  FrontendReport.NO_BACKEND,
                  "The port refuses connections, because it has no endpoint that can take them.");
      case ListenerState.ListenFailed(ListenFailureReason reason, String message) ->
          new FrontendReport(
              frontend.port(), protocol, false, LoadBalancerReason.of(reason).reason(), message);
    };
  }
}
