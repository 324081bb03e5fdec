package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.api.v1alpha1.FrontendReport;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.reconciler.ConditionTransitions;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.LoadBalancerIngressBuilder;
import io.fabric8.kubernetes.api.model.PortStatus;
import io.fabric8.kubernetes.api.model.PortStatusBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServiceStatus;
import io.fabric8.kubernetes.api.model.ServiceStatusBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The part of a Service's status that is ours: the ingress, with {@code ipMode: Proxy} (KEP-1860),
 * and our conditions. Others' conditions are not in it, and so survive server-side apply.
 */
record PublishedStatus(List<LoadBalancerIngress> ingress, List<Condition> conditions) {

  private static final List<String> OUR_TYPES =
      List.of(
          ServiceConditions.ALLOCATED,
          ServiceConditions.ANNOUNCED,
          ServiceConditions.CONFLICT,
          ServiceConditions.PORTS_ERROR);

  /** Nothing is published. */
  static final PublishedStatus NOTHING = new PublishedStatus(List.of(), List.of());

  /** What of a status is ours already. */
  static PublishedStatus in(@Nullable ServiceStatus status) {
    return new PublishedStatus(
        Optional.ofNullable(status)
            .map(ServiceStatus::getLoadBalancer)
            .map(loadBalancer -> loadBalancer.getIngress())
            .orElse(List.of()),
        Optional.ofNullable(status).map(ServiceStatus::getConditions).orElse(List.of()).stream()
            .filter(condition -> OUR_TYPES.contains(condition.getType()))
            .toList());
  }

  /**
   * What the status shall say.
   *
   * @param before what it says: an address once published stays so while no node announces it,
   *     since a move between nodes takes less time than clients take to learn of a withdrawal
   */
  static PublishedStatus of(LoadBalancerState state, PublishedStatus before, Instant now) {
    List<Condition> conditions = new ArrayList<>();
    List<LoadBalancerIngress> ingress =
        switch (state) {
          case LoadBalancerState.Pending(var reason, var message) -> {
            conditions.add(
                before.condition(ServiceConditions.ALLOCATED, false, reason, message, now));
            yield List.of();
          }
          case LoadBalancerState.Unannounced unannounced -> {
            String all = String.join(", ", unannounced.addresses());
            conditions.add(before.assigned(all, now));
            conditions.add(
                unannounced
                    .obstacle()
                    .map(
                        obstacle ->
                            before.condition(
                                ServiceConditions.ANNOUNCED,
                                false,
                                obstacle.reason(),
                                "%s is not announced: %s".formatted(all, obstacle.message()),
                                now))
                    .orElseGet(
                        () ->
                            before.condition(
                                ServiceConditions.ANNOUNCED,
                                false,
                                ServiceConditions.WAITING_FOR_DATA_PLANE,
                                "No node announces %s yet. Its data plane has not reported. See that a data plane Pod is Ready: kubectl get pods -A -l app.kubernetes.io/name=ballast"
                                    .formatted(all),
                                now)));
            yield before.ingress().stream()
                .filter(entry -> unannounced.publishable(entry.getIp()))
                .toList();
          }
          case LoadBalancerState.Announced(var announcements) -> {
            String all = joined(announcements, LoadBalancerState.Announcement::address);
            conditions.add(before.assigned(all, now));
            conditions.add(
                before.condition(
                    ServiceConditions.ANNOUNCED,
                    true,
                    ServiceConditions.NODE_ANNOUNCES,
                    "Node %s announces %s."
                        .formatted(
                            joined(announcements, LoadBalancerState.Announcement::node), all),
                    now));
            if (announcements.stream().anyMatch(LoadBalancerState.Announcement::hasPortErrors)) {
              conditions.add(before.portsError(announcements, now));
            }
            yield announcements.stream().map(PublishedStatus::ingress).toList();
          }
        };
    return new PublishedStatus(ingress, conditions);
  }

  /** The same, but that not every address asked for could be had. */
  PublishedStatus lacking(LoadBalancerState.Pending why, PublishedStatus before, Instant now) {
    return allocated(false, why.reason(), why.message(), before, now);
  }

  /** The same, with why there is not more, for one that is content with that. */
  PublishedStatus adding(String why, PublishedStatus before, Instant now) {
    String message =
        find(ServiceConditions.ALLOCATED).map(Condition::getMessage).orElse("") + " " + why;
    return allocated(true, ServiceConditions.ADDRESS_ASSIGNED, message, before, now);
  }

  /** The same, but that no pool has an address of it any more. */
  PublishedStatus orphaned(List<String> whys, PublishedStatus before, Instant now) {
    return find(ServiceConditions.ALLOCATED)
        .filter(allocated -> allocated.getStatus().equals("True") && !whys.isEmpty())
        .map(
            allocated ->
                allocated(
                    true,
                    ServiceConditions.ADDRESS_ORPHANED,
                    "%s %s It stays until the Service lets go of it; to move, annotate the Service: %s=true"
                        .formatted(
                            allocated.getMessage(),
                            String.join(" ", whys),
                            ApiNames.READDRESS_ANNOTATION),
                    before,
                    now))
        .orElse(this);
  }

  /** The same, but that an annotation is not heeded; what is worse has the word. */
  PublishedStatus remarking(List<String> remarks, PublishedStatus before, Instant now) {
    return find(ServiceConditions.ALLOCATED)
        .filter(allocated -> allocated.getReason().equals(ServiceConditions.ADDRESS_ASSIGNED))
        .filter(allocated -> !remarks.isEmpty())
        .map(
            allocated ->
                allocated(
                    true,
                    ServiceConditions.ANNOTATION_IGNORED,
                    allocated.getMessage() + " " + String.join(" ", remarks),
                    before,
                    now))
        .orElse(this);
  }

  /** The same, but that other machines answer for addresses of it, too. */
  PublishedStatus contested(List<String> whys, PublishedStatus before, Instant now) {
    if (whys.isEmpty()) {
      return this;
    }
    Condition conflict =
        before.condition(
            ServiceConditions.CONFLICT,
            true,
            ServiceConditions.ADDRESS_IN_USE,
            String.join(" ", whys),
            now);
    return new PublishedStatus(
        ingress, Stream.concat(conditions.stream(), Stream.of(conflict)).toList());
  }

  private PublishedStatus allocated(
      boolean status, String reason, String message, PublishedStatus before, Instant now) {
    Condition allocated =
        before.condition(ServiceConditions.ALLOCATED, status, reason, message, now);
    return new PublishedStatus(
        ingress,
        conditions.stream()
            .map(other -> other.getType().equals(ServiceConditions.ALLOCATED) ? allocated : other)
            .toList());
  }

  private Condition assigned(String addresses, Instant now) {
    return condition(
        ServiceConditions.ALLOCATED,
        true,
        ServiceConditions.ADDRESS_ASSIGNED,
        addresses + " is assigned.",
        now);
  }

  private static String joined(
      List<LoadBalancerState.Announcement> announcements,
      Function<LoadBalancerState.Announcement, String> word) {
    return announcements.stream().map(word).distinct().collect(Collectors.joining(", "));
  }

  private Condition portsError(List<LoadBalancerState.Announcement> announcements, Instant now) {
    String message =
        announcements.stream()
            .flatMap(announcement -> announcement.ports().stream())
            .filter(port -> !port.listening())
            .map(
                port ->
                    "Port %d/%s: %s"
                        .formatted(
                            port.port(),
                            port.protocol(),
                            Objects.requireNonNullElse(port.message(), errorOf(port))))
            .distinct()
            .collect(Collectors.joining(" "));
    return condition(
        ServiceConditions.PORTS_ERROR, true, ServiceConditions.PORT_ERROR, message, now);
  }

  private static LoadBalancerIngress ingress(LoadBalancerState.Announcement announcement) {
    List<PortStatus> ports =
        announcement.hasPortErrors()
            ? announcement.ports().stream().map(PublishedStatus::portStatus).toList()
            : List.of();
    return new LoadBalancerIngressBuilder()
        .withIp(announcement.address())
        .withIpMode("Proxy")
        .withPorts(ports)
        .build();
  }

  private static PortStatus portStatus(FrontendReport port) {
    return new PortStatusBuilder()
        .withPort(port.port())
        .withProtocol(port.protocol())
        .withError(port.listening() ? null : "ballast.dev/" + errorOf(port))
        .build();
  }

  private static String errorOf(FrontendReport port) {
    return Objects.requireNonNullElse(port.reason(), "NotListening");
  }

  private Condition condition(
      String type, boolean status, String reason, String message, Instant now) {
    return ConditionTransitions.timed(
        new ConditionBuilder()
            .withType(type)
            .withStatus(status ? "True" : "False")
            .withReason(reason)
            .withMessage(message)
            .build(),
        conditions,
        now);
  }

  /** What is shown of addresses; a host name is none. */
  Set<IpAddress> addresses() {
    return ingress.stream()
        .map(LoadBalancerIngress::getIp)
        .filter(Objects::nonNull)
        .flatMap(ip -> IpAddress.parse(ip).stream())
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  boolean shows(IpAddress address) {
    return ingress.stream().anyMatch(entry -> address.toString().equals(entry.getIp()));
  }

  Optional<Condition> find(String type) {
    return conditions.stream().filter(condition -> condition.getType().equals(type)).findFirst();
  }

  /**
   * The conditions that say something else than they did {@code before}: what an Event tells. That
   * a node announces an address tells that it is assigned, too.
   */
  List<Condition> newsSince(PublishedStatus before) {
    List<Condition> news = changesSince(before);
    boolean announced =
        news.stream().anyMatch(change -> isTrue(change, ServiceConditions.ANNOUNCED));
    return news.stream()
        .filter(
            change ->
                !announced
                    || !isTrue(change, ServiceConditions.ALLOCATED)
                    || change.getReason().equals(ServiceConditions.ANNOTATION_IGNORED))
        .toList();
  }

  private static boolean isTrue(Condition condition, String type) {
    return condition.getType().equals(type) && condition.getStatus().equals("True");
  }

  private List<Condition> changesSince(PublishedStatus before) {
    return conditions.stream()
        .filter(
            condition ->
                before
                    .find(condition.getType())
                    .filter(old -> Objects.equals(old.getReason(), condition.getReason()))
                    .filter(old -> Objects.equals(old.getMessage(), condition.getMessage()))
                    .isEmpty())
        .toList();
  }

  /**
   * Whether nothing is published of a Service yet, as far as this state of it tells. What is
   * written then is for this very state: it must not be the second publication, of two leaders.
   */
  static boolean isFirst(Service service) {
    return !service.hasFinalizer(ApiNames.SERVICE_FINALIZER)
        || in(service.getStatus()).ingress().isEmpty();
  }

  /**
   * The Service with nothing but this status, to be applied. The finalizer comes with it: the API
   * server takes metadata in a write of a Service's status, so that whoever sees an address sees a
   * Service that lets go of it in good order. Applied without it, it is taken away.
   *
   * @param asSeen whether the write is refused when the Service is not the one shown any more
   */
  Service alone(Service service, boolean finalized, boolean asSeen) {
    var metadata = service.getMetadata();
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace(metadata.getNamespace())
        .withName(metadata.getName())
        .withUid(metadata.getUid())
        .withResourceVersion(asSeen ? metadata.getResourceVersion() : null)
        .withFinalizers(finalized ? List.of(ApiNames.SERVICE_FINALIZER) : List.of())
        .endMetadata()
        .withStatus(toStatus())
        .build();
  }

  ServiceStatus toStatus() {
    return new ServiceStatusBuilder()
        .withConditions(conditions)
        .withNewLoadBalancer()
        .withIngress(ingress)
        .endLoadBalancer()
        .build();
  }
}
