package dev.ballast.operator.service.status;

import static java.util.stream.Collectors.joining;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.api.v1alpha1.OwnershipClaim;
import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.reconciler.ConditionTransitions;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Builds the status of a Service from the state of its load balancer, and then adds what else its
 * conditions have to say. A condition that keeps its status keeps its transition time.
 */
public final class PublishedStatusBuilder {

  private final PublishedStatus before;
  private final Instant now;
  private final Map<ServiceConditionType, Condition> conditions =
      new EnumMap<>(ServiceConditionType.class);
  private List<LoadBalancerIngress> ingress = List.of();

  /** {@code before}: the status as it is. */
  public PublishedStatusBuilder(PublishedStatus before, Instant now) {
    this.before = before;
    this.now = now;
  }

  public PublishedStatusBuilder state(LoadBalancerState state) {
    return switch (state) {
      case LoadBalancerState.Pending pending -> pending(pending);
      case LoadBalancerState.Unannounced unannounced -> unannounced(unannounced);
      case LoadBalancerState.Announced announced -> announced(announced);
    };
  }

  private PublishedStatusBuilder pending(LoadBalancerState.Pending pending) {
    put(pending.reason(), pending.message());
    return this;
  }

  /**
   * A published address stays published while no node announces it: it moves to another node in
   * less time than clients take to notice that it is gone.
   */
  private PublishedStatusBuilder unannounced(LoadBalancerState.Unannounced unannounced) {
    ingress =
        before.ingress().stream()
            .filter(entry -> unannounced.isPublishable(entry.getIp()))
            .toList();
    String addresses = String.join(", ", unannounced.addresses());
    assigned(unannounced.addresses());
    Optional<LoadBalancerState.Obstacle> obstacle = unannounced.obstacle();
    if (obstacle.isPresent()) {
      put(
          ServiceConditionType.ANNOUNCED,
          false,
          obstacle.get().reason(),
          "%s %s not announced: %s"
              .formatted(addresses, isOrAre(unannounced.addresses()), obstacle.get().message()));
    } else {
      put(
          ServiceConditionReason.WAITING_FOR_DATA_PLANE,
          "No node announces %s yet. The data plane has not reported. Check that a data plane Pod is Ready: kubectl get pods -A -l app.kubernetes.io/name=ballast"
              .formatted(addresses));
    }
    return this;
  }

  private PublishedStatusBuilder announced(LoadBalancerState.Announced announced) {
    List<LoadBalancerState.Announcement> announcements = announced.announcements();
    List<String> addresses = distinct(announcements, LoadBalancerState.Announcement::address);
    List<String> nodes = distinct(announcements, LoadBalancerState.Announcement::node);
    ingress = announcements.stream().map(PortErrors::ingress).toList();
    assigned(addresses);
    put(
        ServiceConditionReason.NODE_ANNOUNCES,
        (nodes.size() == 1 ? "Node %s announces %s." : "Nodes %s announce %s.")
                .formatted(String.join(", ", nodes), String.join(", ", addresses))
            + moves(announcements));
    if (announcements.stream().anyMatch(LoadBalancerState.Announcement::hasPortErrors)) {
      put(ServiceConditionReason.PORT_ERROR, PortErrors.message(announcements));
    }
    return this;
  }

  /** A move changes this text, so that it causes one Event. */
  private static String moves(List<LoadBalancerState.Announcement> announcements) {
    return announcements.stream()
        .flatMap(at -> at.claim().stream().flatMap(claim -> move(at, claim).stream()))
        .collect(joining());
  }

  private static Optional<String> move(LoadBalancerState.Announcement at, OwnershipClaim claim) {
    String from = claim.takenFrom();
    return from == null
        ? Optional.empty()
        : Optional.of(
            " Node %s took %s from node %s%s."
                .formatted(at.node(), at.address(), from, cause(String.valueOf(claim.reason()))));
  }

  private static String cause(String reason) {
    return switch (reason) {
      case OwnershipClaim.NODE_LOST -> ", which was lost";
      case OwnershipClaim.NODE_LEAVING -> ", whose data plane was shut down";
      case OwnershipClaim.NODE_NOT_SELECTED -> ", which its AddressPool does not select";
      case OwnershipClaim.NODE_EXCLUDED -> ", which was excluded by its label";
      case AddressReport.NOT_ON_LINK ->
          ", which had no interface in the subnet of the address, or failed to announce it";
      case OwnershipClaim.CLAIM_CONFLICT -> ", which claimed it at the same time";
      // A node of a newer version may have more reasons.
      default -> " (" + reason + ")";
    };
  }

  private static List<String> distinct(
      List<LoadBalancerState.Announcement> announcements,
      Function<LoadBalancerState.Announcement, String> part) {
    return announcements.stream().map(part).distinct().toList();
  }

  private void assigned(List<String> addresses) {
    put(
        ServiceConditionReason.ADDRESS_ASSIGNED,
        "%s %s assigned.".formatted(String.join(", ", addresses), isOrAre(addresses)));
  }

  private static String isOrAre(List<String> subjects) {
    return subjects.size() == 1 ? "is" : "are";
  }

  /** No pool contains these addresses any more. */
  public PublishedStatusBuilder orphaned(List<String> whys) {
    Condition allocated = conditions.get(ServiceConditionType.ALLOCATED);
    if (allocated != null && allocated.getStatus().equals("True") && !whys.isEmpty()) {
      put(
          ServiceConditionReason.ADDRESS_ORPHANED,
          "%s %s The Service keeps %s. To move to another address, annotate the Service with %s=true."
              .formatted(
                  allocated.getMessage(),
                  String.join(" ", whys),
                  whys.size() == 1 ? "the address" : "the addresses",
                  ApiNames.READDRESS_ANNOTATION));
    }
    return this;
  }

  /** Annotations have no effect; an orphaned address is more important. */
  public PublishedStatusBuilder ignoredAnnotations(List<String> messages) {
    Condition allocated = conditions.get(ServiceConditionType.ALLOCATED);
    if (allocated != null
        && allocated.getReason().equals(ServiceConditionReason.ADDRESS_ASSIGNED.reason())
        && !messages.isEmpty()) {
      put(
          ServiceConditionReason.ANNOTATION_IGNORED,
          allocated.getMessage() + " " + String.join(" ", messages));
    }
    return this;
  }

  /** Another node gets no answer from an announced address; {@code why} says so. */
  public PublishedStatusBuilder unreachable(Optional<String> why) {
    Condition announced = conditions.get(ServiceConditionType.ANNOUNCED);
    if (announced != null && announced.getStatus().equals("True")) {
      why.ifPresent(message -> put(ServiceConditionReason.UNREACHABLE, message));
    }
    return this;
  }

  /** Other machines answer for published addresses, too. */
  public PublishedStatusBuilder conflicts(List<String> whys) {
    if (!whys.isEmpty()) {
      put(ServiceConditionReason.ADDRESS_IN_USE, String.join(" ", whys));
    }
    return this;
  }

  /** Nodes reject connections; {@code why} is what they say, and empty while none does. */
  public PublishedStatusBuilder limited(Optional<String> why) {
    why.ifPresent(message -> put(ServiceConditionReason.CONNECTIONS_REJECTED, message));
    return this;
  }

  /** The Service has some of its addresses, and needs the missing ones. */
  public PublishedStatusBuilder incomplete(
      AllocationResult.Rejected why, List<IpAddress> assigned) {
    return pending(AllocationMessages.of(why, assigned));
  }

  /** The Service has some of its addresses, and accepts that ({@code PreferDualStack}). */
  public PublishedStatusBuilder acceptedIncomplete(AllocationResult.Rejected why) {
    String message = AllocationMessages.of(why, List.of()).message();
    Condition allocated = conditions.get(ServiceConditionType.ALLOCATED);
    put(
        ServiceConditionReason.ADDRESS_ASSIGNED,
        allocated == null ? message : allocated.getMessage() + " " + message);
    return this;
  }

  public PublishedStatus build() {
    return new PublishedStatus(ingress, List.copyOf(conditions.values()));
  }

  private void put(ServiceConditionReason reason, String message) {
    put(reason.type(), reason.status(), reason.reason(), message);
  }

  private void put(ServiceConditionType type, boolean status, String reason, String message) {
    conditions.put(
        type,
        ConditionTransitions.withTransitionTime(
            new ConditionBuilder()
                .withType(type.type())
                .withStatus(status ? "True" : "False")
                .withReason(reason)
                .withMessage(message)
                .build(),
            before.conditions(),
            now));
  }
}
