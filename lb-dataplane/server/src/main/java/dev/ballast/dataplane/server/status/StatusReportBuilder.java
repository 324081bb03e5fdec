package dev.ballast.dataplane.server.status;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.api.v1alpha1.OwnershipClaim;
import dev.ballast.dataplane.core.endpoint.EndpointAdmission.RefusedEndpoint;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.announce.AcquireResult;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.cluster.PeerNode;
import dev.ballast.dataplane.server.cluster.Reachability;
import dev.ballast.dataplane.server.membership.AddressOwnership;
import dev.ballast.dataplane.server.membership.Members;
import dev.ballast.dataplane.server.relay.VirtualServerStatus;
import dev.ballast.dataplane.server.steering.SteeringMode;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Builds this node's report on a LoadBalancer, and the status it should have.
 *
 * @param refused the addresses of a Service that this node does not serve, since no Address binds
 *     them to the Service
 * @param refusedEndpoints the endpoints of a Service that get no connections
 * @param claims this node's claim to an address
 * @param failures why this node cannot announce an address
 * @param peerNodes what nodes find about the addresses of others
 */
public record StatusReportBuilder(
    AddressOwnership ownership,
    SteeringMode steering,
    Function<ServiceKey, Set<InetAddress>> refused,
    Function<ServiceKey, List<RefusedEndpoint>> refusedEndpoints,
    Function<InetAddress, Optional<OwnershipClaim>> claims,
    Function<InetAddress, Optional<String>> failures,
    Map<String, PeerNode> peerNodes) {

  /** For a LoadBalancer that this node serves. */
  public StatusReport forServed(
      LoadBalancerConfig config,
      VirtualServerStatus status,
      Map<InetAddress, AcquireResult> acquireResults) {
    return StatusReport.of(
        self(),
        config,
        otherReports(config),
        status,
        refusedEndpoints.apply(config.id()),
        acquireResults,
        claims,
        unserved(config, true),
        steering,
        (address, announcing) ->
            Reachability.of(address, announcing, members().nodes(), peerNodes));
  }

  /** For a LoadBalancer that this node does not serve. */
  public Optional<StatusReport> forUnserved(LoadBalancerConfig config) {
    if (config.terminating()) {
      return Optional.empty();
    }
    if (members().reportsAllExcluded(self())) {
      return Optional.of(StatusReport.ofExclusion(self(), config, members().excluded()));
    }
    List<AddressReport> unserved = unserved(config, false);
    return unserved.isEmpty()
        ? Optional.empty()
        : Optional.of(StatusReport.ofUnserved(self(), config, otherReports(config), unserved));
  }

  /**
   * The addresses that this node does not try to announce, or announces although it is off-link or
   * not selected.
   *
   * @param serving whether this node serves another address of the Service, so that it writes the
   *     conditions of all
   */
  private List<AddressReport> unserved(LoadBalancerConfig config, boolean serving) {
    Set<InetAddress> missing = refused.apply(config.id());
    return Stream.of(
            offLink(config).stream()
                .map(a -> AddressReports.offLink(self(), a, ownership.policy(a))),
            unable(config),
            config.addresses().stream()
                .filter(missing::contains)
                .map(address -> AddressReports.notGranted(config.id(), address)),
            config.addresses().stream()
                .filter(address -> !missing.contains(address))
                .filter(
                    address ->
                        ownership.reportsNoCandidates(address, config.offLinkNodes(address))
                            || (serving && ownership.lacksCandidates(address)))
                .map(a -> AddressReports.noNodeSelected(a, ownership.policy(a))))
        .flatMap(Function.identity())
        .toList();
  }

  private Stream<AddressReport> unable(LoadBalancerConfig config) {
    return config.addresses().stream()
        .filter(address -> ownership.reportsUnable(address, config.offLinkNodes(address)))
        .flatMap(
            address ->
                failures.apply(address).stream()
                    .map(cause -> AddressReports.unable(self(), address, cause)));
  }

  private List<InetAddress> offLink(LoadBalancerConfig config) {
    return config.addresses().stream()
        .filter(address -> ownership.reportsOffLink(address, config.offLinkNodes(address)))
        .toList();
  }

  /** Without the reports of former members. */
  private List<NodeReport> otherReports(LoadBalancerConfig config) {
    return config.otherReports().stream().filter(report -> isEligible(report.name())).toList();
  }

  private boolean isEligible(String node) {
    return members().nodes().contains(node) || members().excluded().contains(node);
  }

  private Set<String> eligibleNodes() {
    return Stream.concat(members().nodes().stream(), members().excluded().stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  public DesiredStatus desiredStatus(LoadBalancerConfig config, Optional<StatusReport> ownReport) {
    return new DesiredStatus(
        config.uid(),
        ownReport,
        eligibleNodes(),
        departedNodes(config),
        new DesiredStatus.ObservedStatus(
            config.resourceVersion(), config.ownReport(), config.conditionTransitions()));
  }

  private Set<String> departedNodes(LoadBalancerConfig config) {
    return !members().nodes().isEmpty() && removesStaleReports(config)
        ? config.reportingNodes().stream()
            .filter(node -> !isEligible(node) && !node.equals(self()))
            .collect(Collectors.toUnmodifiableSet())
        : Set.of();
  }

  /**
   * The owner of the first address removes the reports of former members, or the first member if
   * there is no address.
   */
  private boolean removesStaleReports(LoadBalancerConfig config) {
    if (config.addresses().isEmpty()) {
      return members().nodes().stream().findFirst().equals(Optional.of(self()));
    }
    InetAddress first = config.addresses().getFirst();
    return ownership.owns(first, config.offLinkNodes(first));
  }

  private String self() {
    return ownership.self();
  }

  private Members members() {
    return ownership.members();
  }
}
