package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.FrontendReport;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.net.IpAddress;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** How things stand for a wanted load balancer: what its Service's status shall say. */
sealed interface LoadBalancerState {

  /** Reasons of nodes that another address would not have. */
  Set<String> CONFLICTS = Set.of(AddressReport.IN_USE, AddressReport.UNUSABLE);

  /** No address could be had; {@code message}: what happened, why, what to do. */
  record Pending(String reason, String message) implements LoadBalancerState {}

  /**
   * Addresses are held, and no node answers for all of them yet.
   *
   * @param leaving addresses that stay published until these can be
   * @param obstacle what the nodes say is in the way; empty while they say nothing
   */
  record Unannounced(List<String> addresses, List<String> leaving, Optional<Obstacle> obstacle)
      implements LoadBalancerState {

    boolean publishable(String address) {
      return addresses.contains(address) || leaving.contains(address);
    }
  }

  /** Why no node announces, in a node's words. */
  record Obstacle(String reason, String message) {}

  /** Nodes answer for every address. */
  record Announced(List<Announcement> announcements) implements LoadBalancerState {}

  /**
   * A node answers for an address.
   *
   * @param ports how each port fares there
   */
  record Announcement(String address, String node, List<FrontendReport> ports) {
    boolean hasPortErrors() {
      return ports.stream().anyMatch(port -> !port.listening());
    }
  }

  /** The same, but that other Services have these ports of a shared address. */
  static LoadBalancerState without(
      LoadBalancerState state, List<AllocationResult.PortTaken> taken) {
    if (taken.isEmpty() || !(state instanceof Announced(var announcements))) {
      return state;
    }
    List<FrontendReport> refused =
        taken.stream()
            .map(
                port ->
                    new FrontendReport(
                        port.port().number(),
                        port.port().protocol(),
                        false,
                        ServiceConditions.PORT_TAKEN,
                        "Service %s has it at %s, which both share. Change the port of one of them."
                            .formatted(port.holder(), port.address())))
            .toList();
    return new Announced(
        announcements.stream()
            .map(
                at ->
                    new Announcement(
                        at.address(),
                        at.node(),
                        Stream.concat(at.ports().stream(), refused.stream()).toList()))
            .toList());
  }

  /** Whether any node still says that it answers for the address, even by an older spec. */
  static boolean isServed(LoadBalancer loadBalancer, String address) {
    return reports(loadBalancer).stream().anyMatch(node -> node.announcing().contains(address));
  }

  private static List<NodeReport> reports(LoadBalancer loadBalancer) {
    return Optional.ofNullable(loadBalancer.getStatus())
        .map(LoadBalancerStatus::nodes)
        .orElse(List.of());
  }

  /**
   * Judges by the nodes' reports; one on an older spec counts for nothing.
   *
   * @param leaving addresses of the program that the Service is to be rid of
   */
  static LoadBalancerState of(LoadBalancer loadBalancer, List<String> leaving) {
    List<String> addresses =
        loadBalancer.getSpec().addresses().stream().filter(ip -> !leaving.contains(ip)).toList();
    long generation = loadBalancer.getMetadata().getGeneration();
    List<NodeReport> current =
        reports(loadBalancer).stream()
            .filter(node -> Objects.requireNonNullElse(node.observedGeneration(), 0L) >= generation)
            .toList();
    List<Announcement> announcements =
        addresses.stream()
            .flatMap(
                address ->
                    current.stream()
                        .filter(node -> node.announcing().contains(address))
                        .limit(1)
                        .map(node -> new Announcement(address, node.name(), node.frontends())))
            .toList();
    return addresses.isEmpty() || announcements.size() < addresses.size()
        ? new Unannounced(addresses, leaving, obstacle(loadBalancer))
        : new Announced(announcements);
  }

  /**
   * Why this address cannot well be used, in a node's words: another machine has it, or it is for
   * no machine of the LAN. Empty when no node says so.
   */
  static Optional<String> conflict(LoadBalancer loadBalancer, IpAddress address) {
    long generation = loadBalancer.getMetadata().getGeneration();
    return reports(loadBalancer).stream()
        .filter(node -> Objects.requireNonNullElse(node.observedGeneration(), 0L) >= generation)
        .flatMap(node -> Stream.concat(node.notAnnounced().stream(), node.conflicts().stream()))
        .filter(said -> said.address().equals(address.toString()))
        .filter(said -> CONFLICTS.contains(said.reason()))
        .map(AddressReport::message)
        .findFirst();
  }

  private static Optional<Obstacle> obstacle(LoadBalancer loadBalancer) {
    long generation = loadBalancer.getMetadata().getGeneration();
    return Optional.ofNullable(loadBalancer.getStatus())
        .map(LoadBalancerStatus::conditions)
        .orElse(List.of())
        .stream()
        .filter(said -> "Announced".equals(said.getType()) && "False".equals(said.getStatus()))
        .filter(said -> Objects.requireNonNullElse(said.getObservedGeneration(), 0L) >= generation)
        // One node that says of another what we see ourselves.
        .filter(said -> !ServiceConditions.WAITING_FOR_DATA_PLANE.equals(said.getReason()))
        .map(said -> new Obstacle(said.getReason(), said.getMessage()))
        .findFirst();
  }
}
