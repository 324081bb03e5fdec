package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.Ballast;
import dev.ballast.api.v1alpha1.FrontendReport;
import dev.ballast.operator.ipam.IpAddress;
import dev.ballast.operator.observe.Transitions;
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
record Publication(List<LoadBalancerIngress> ingress, List<Condition> conditions) {

  private static final List<String> OUR_TYPES =
      List.of(Reasons.ALLOCATED, Reasons.ANNOUNCED, Reasons.CONFLICT, Reasons.PORTS_ERROR);

  /** Nothing is published. */
  static final Publication NOTHING = new Publication(List.of(), List.of());

  /** What of a status is ours already. */
  static Publication in(@Nullable ServiceStatus status) {
    return new Publication(
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
  static Publication of(Verdict verdict, Publication before, Instant now) {
    List<Condition> conditions = new ArrayList<>();
    List<LoadBalancerIngress> ingress =
        switch (verdict) {
          case Verdict.Pending(var reason, var message) -> {
            conditions.add(before.condition(Reasons.ALLOCATED, false, reason, message, now));
            yield List.of();
          }
          case Verdict.Unannounced unannounced -> {
            String all = String.join(", ", unannounced.addresses());
            conditions.add(before.assigned(all, now));
            conditions.add(
                unannounced
                    .obstacle()
                    .map(
                        obstacle ->
                            before.condition(
                                Reasons.ANNOUNCED,
                                false,
                                obstacle.reason(),
                                "%s is not announced: %s".formatted(all, obstacle.message()),
                                now))
                    .orElseGet(
                        () ->
                            before.condition(
                                Reasons.ANNOUNCED,
                                false,
                                Reasons.WAITING_FOR_DATA_PLANE,
                                "No node announces %s yet. Its data plane has not reported. See that a data plane Pod is Ready: kubectl get pods -A -l app.kubernetes.io/name=ballast"
                                    .formatted(all),
                                now)));
            yield before.ingress().stream()
                .filter(entry -> unannounced.publishable(entry.getIp()))
                .toList();
          }
          case Verdict.Announced(var announcements) -> {
            String all = joined(announcements, Verdict.Announcement::address);
            conditions.add(before.assigned(all, now));
            conditions.add(
                before.condition(
                    Reasons.ANNOUNCED,
                    true,
                    Reasons.NODE_ANNOUNCES,
                    "Node %s announces %s."
                        .formatted(joined(announcements, Verdict.Announcement::node), all),
                    now));
            if (announcements.stream().anyMatch(Verdict.Announcement::hasPortErrors)) {
              conditions.add(before.portsError(announcements, now));
            }
            yield announcements.stream().map(Publication::ingress).toList();
          }
        };
    return new Publication(ingress, conditions);
  }

  /** The same, but that not every address asked for could be had. */
  Publication lacking(Verdict.Pending why, Publication before, Instant now) {
    return allocated(false, why.reason(), why.message(), before, now);
  }

  /** The same, with why there is not more, for one that is content with that. */
  Publication adding(String why, Publication before, Instant now) {
    String message = find(Reasons.ALLOCATED).map(Condition::getMessage).orElse("") + " " + why;
    return allocated(true, Reasons.ADDRESS_ASSIGNED, message, before, now);
  }

  /** The same, but that no pool has an address of it any more. */
  Publication orphaned(List<String> whys, Publication before, Instant now) {
    return find(Reasons.ALLOCATED)
        .filter(allocated -> allocated.getStatus().equals("True") && !whys.isEmpty())
        .map(
            allocated ->
                allocated(
                    true,
                    Reasons.ADDRESS_ORPHANED,
                    "%s %s It stays until the Service lets go of it; to move, annotate the Service: %s=true"
                        .formatted(
                            allocated.getMessage(),
                            String.join(" ", whys),
                            Ballast.READDRESS_ANNOTATION),
                    before,
                    now))
        .orElse(this);
  }

  /** The same, but that an annotation is not heeded; what is worse has the word. */
  Publication remarking(List<String> remarks, Publication before, Instant now) {
    return find(Reasons.ALLOCATED)
        .filter(allocated -> allocated.getReason().equals(Reasons.ADDRESS_ASSIGNED))
        .filter(allocated -> !remarks.isEmpty())
        .map(
            allocated ->
                allocated(
                    true,
                    Reasons.ANNOTATION_IGNORED,
                    allocated.getMessage() + " " + String.join(" ", remarks),
                    before,
                    now))
        .orElse(this);
  }

  /** The same, but that other machines answer for addresses of it, too. */
  Publication contested(List<String> whys, Publication before, Instant now) {
    if (whys.isEmpty()) {
      return this;
    }
    Condition conflict =
        before.condition(
            Reasons.CONFLICT, true, Reasons.ADDRESS_IN_USE, String.join(" ", whys), now);
    return new Publication(
        ingress, Stream.concat(conditions.stream(), Stream.of(conflict)).toList());
  }

  private Publication allocated(
      boolean status, String reason, String message, Publication before, Instant now) {
    Condition allocated = before.condition(Reasons.ALLOCATED, status, reason, message, now);
    return new Publication(
        ingress,
        conditions.stream()
            .map(other -> other.getType().equals(Reasons.ALLOCATED) ? allocated : other)
            .toList());
  }

  private Condition assigned(String addresses, Instant now) {
    return condition(
        Reasons.ALLOCATED, true, Reasons.ADDRESS_ASSIGNED, addresses + " is assigned.", now);
  }

  private static String joined(
      List<Verdict.Announcement> announcements, Function<Verdict.Announcement, String> word) {
    return announcements.stream().map(word).distinct().collect(Collectors.joining(", "));
  }

  private Condition portsError(List<Verdict.Announcement> announcements, Instant now) {
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
    return condition(Reasons.PORTS_ERROR, true, Reasons.PORT_ERROR, message, now);
  }

  private static LoadBalancerIngress ingress(Verdict.Announcement announcement) {
    List<PortStatus> ports =
        announcement.hasPortErrors()
            ? announcement.ports().stream().map(Publication::portStatus).toList()
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
    return Transitions.timed(
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
  List<Condition> newsSince(Publication before) {
    List<Condition> news = changesSince(before);
    boolean announced = news.stream().anyMatch(change -> isTrue(change, Reasons.ANNOUNCED));
    return news.stream()
        .filter(
            change ->
                !announced
                    || !isTrue(change, Reasons.ALLOCATED)
                    || change.getReason().equals(Reasons.ANNOTATION_IGNORED))
        .toList();
  }

  private static boolean isTrue(Condition condition, String type) {
    return condition.getType().equals(type) && condition.getStatus().equals("True");
  }

  private List<Condition> changesSince(Publication before) {
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
    return !service.hasFinalizer(Ballast.SERVICE_FINALIZER)
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
        .withFinalizers(finalized ? List.of(Ballast.SERVICE_FINALIZER) : List.of())
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
