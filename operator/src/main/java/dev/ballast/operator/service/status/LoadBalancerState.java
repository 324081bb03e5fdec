package dev.ballast.operator.service.status;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.FrontendReport;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.api.v1alpha1.OwnershipClaim;
import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.net.IpAddress;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * State of a Service's load balancer, from which the Service's status follows. It is computed from
 * the reports of the nodes; a report on an older generation of the spec does not count.
 */
public sealed interface LoadBalancerState {

  /** Reasons of nodes why an address cannot be used, which another address may not have. */
  Set<String> CONFLICT_REASONS = Set.of(AddressReport.IN_USE, AddressReport.UNUSABLE);

  /** The Service has no address; {@code message}: what happened, why, what to do. */
  record Pending(ServiceConditionReason reason, String message) implements LoadBalancerState {}

  /**
   * The Service has addresses, and at least one of them is not announced yet.
   *
   * @param leaving addresses that stay published until these are announced
   * @param obstacle why no node announces them; empty while no node says why
   */
  record Unannounced(List<String> addresses, List<String> leaving, Optional<Obstacle> obstacle)
      implements LoadBalancerState {

    boolean isPublishable(String address) {
      return addresses.contains(address) || leaving.contains(address);
    }
  }

  /** Why no node announces an address, with the reason and the message of the node. */
  record Obstacle(String reason, String message) {}

  /** A node announces every address. */
  record Announced(List<Announcement> announcements) implements LoadBalancerState {}

  /**
   * A node announces an address.
   *
   * @param ports state of each port on that node
   * @param claim of the node; empty if it is of an older version
   */
  record Announcement(
      String address, String node, List<FrontendReport> ports, Optional<OwnershipClaim> claim) {

    static Announcement of(String address, NodeReport node) {
      return new Announcement(
          address,
          node.name(),
          node.frontends(),
          node.claims().stream().filter(claim -> claim.address().equals(address)).findFirst());
    }

    Announcement withPorts(List<FrontendReport> now) {
      return new Announcement(address, node, now, claim);
    }

    boolean hasPortErrors() {
      return ports.stream().anyMatch(port -> !port.listening());
    }
  }

  /** A Service that has no address, since its request is rejected. */
  static Pending pending(AllocationResult.Rejected why) {
    return AllocationMessages.of(why, List.of());
  }

  /**
   * Evaluates the reports of the nodes.
   *
   * @param leaving addresses of the spec that the Service moves away from
   */
  static LoadBalancerState of(LoadBalancer loadBalancer, List<String> leaving) {
    List<String> addresses =
        loadBalancer.getSpec().addresses().stream().filter(ip -> !leaving.contains(ip)).toList();
    List<NodeReport> current = currentReports(loadBalancer).toList();
    List<Announcement> announcements =
        addresses.stream()
            .flatMap(
                address ->
                    current.stream()
                        .filter(node -> node.announcing().contains(address))
                        .max(Comparator.comparingLong(node -> node.epochOf(address)))
                        .stream()
                        .map(node -> Announcement.of(address, node)))
            .toList();
    return addresses.isEmpty() || announcements.size() < addresses.size()
        ? new Unannounced(addresses, leaving, obstacle(loadBalancer))
        : new Announced(announcements);
  }

  private static Optional<Obstacle> obstacle(LoadBalancer loadBalancer) {
    return conditions(loadBalancer)
        .filter(condition -> "Announced".equals(condition.getType()))
        .filter(condition -> "False".equals(condition.getStatus()))
        .filter(condition -> isCurrent(loadBalancer, condition.getObservedGeneration()))
        .filter(condition -> !isWaiting(condition))
        .map(condition -> new Obstacle(condition.getReason(), condition.getMessage()))
        .findFirst();
  }

  /** A node says of another one that it has not reported, which the operator sees itself. */
  private static boolean isWaiting(Condition condition) {
    return ServiceConditionReason.WAITING_FOR_DATA_PLANE.reason().equals(condition.getReason());
  }

  /** The same state with an error for each port that another Service uses on a shared address. */
  default LoadBalancerState withTakenPorts(List<AllocationResult.PortTaken> taken) {
    if (taken.isEmpty() || !(this instanceof Announced(var announcements))) {
      return this;
    }
    List<FrontendReport> errors = taken.stream().map(LoadBalancerState::takenPort).toList();
    return new Announced(
        announcements.stream()
            .map(at -> at.withPorts(Stream.concat(at.ports().stream(), errors.stream()).toList()))
            .toList());
  }

  private static FrontendReport takenPort(AllocationResult.PortTaken taken) {
    return new FrontendReport(
        taken.port().number(),
        taken.port().protocol(),
        false,
        ServiceConditionReason.PORT_TAKEN.reason(),
        "Service %s uses it on the shared address %s. Change the port of one of the Services."
            .formatted(taken.holder(), taken.address()));
  }

  /** Whether any node still announces the address, even for an older generation of the spec. */
  static boolean isAnnounced(LoadBalancer loadBalancer, IpAddress address) {
    return reports(loadBalancer).anyMatch(node -> node.announcing().contains(address.toString()));
  }

  /**
   * Why the address is in conflict, in the words of a node: another machine uses it, or the LAN
   * does not allow a node to use it. Empty when no node says so.
   */
  static Optional<String> conflict(LoadBalancer loadBalancer, IpAddress address) {
    return currentReports(loadBalancer)
        .flatMap(node -> Stream.concat(node.notAnnounced().stream(), node.conflicts().stream()))
        .filter(report -> report.address().equals(address.toString()))
        .filter(report -> CONFLICT_REASONS.contains(report.reason()))
        .map(AddressReport::message)
        .findFirst();
  }

  /** Why another node gets no answer from an announced address. Empty while all answer. */
  static Optional<String> unreachable(LoadBalancer loadBalancer) {
    return conditions(loadBalancer)
        .filter(condition -> "Announced".equals(condition.getType()))
        .filter(
            condition -> ServiceConditionReason.UNREACHABLE.reason().equals(condition.getReason()))
        .map(Condition::getMessage)
        .findFirst();
  }

  /**
   * Why nodes reject connections, in their words. Empty while none does. The generation does not
   * count: who raises a limit would see the condition go and come back.
   */
  static Optional<String> rejections(LoadBalancer loadBalancer) {
    return conditions(loadBalancer)
        .filter(condition -> "Limited".equals(condition.getType()))
        .filter(condition -> "True".equals(condition.getStatus()))
        .map(Condition::getMessage)
        .findFirst();
  }

  private static Stream<Condition> conditions(LoadBalancer loadBalancer) {
    return status(loadBalancer).map(LoadBalancerStatus::conditions).orElse(List.of()).stream();
  }

  private static Stream<NodeReport> currentReports(LoadBalancer loadBalancer) {
    return reports(loadBalancer).filter(node -> isCurrent(loadBalancer, node.observedGeneration()));
  }

  private static Stream<NodeReport> reports(LoadBalancer loadBalancer) {
    return status(loadBalancer).map(LoadBalancerStatus::nodes).orElse(List.of()).stream();
  }

  private static Optional<LoadBalancerStatus> status(LoadBalancer loadBalancer) {
    return Optional.ofNullable(loadBalancer.getStatus());
  }

  private static boolean isCurrent(LoadBalancer loadBalancer, @Nullable Long observedGeneration) {
    return Objects.requireNonNullElse(observedGeneration, 0L)
        >= loadBalancer.getMetadata().getGeneration();
  }
}
