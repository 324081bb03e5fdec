package dev.ballast.operator.service.status;

import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.operator.ipam.net.IpAddress;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServiceStatus;
import io.fabric8.kubernetes.api.model.ServiceStatusBuilder;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The part of a Service's status that the operator writes: the ingress, with {@code ipMode: Proxy}
 * (KEP-1860), and its own conditions. It leaves out the conditions of other controllers, so that
 * they survive server-side apply.
 */
public record PublishedStatus(List<LoadBalancerIngress> ingress, List<Condition> conditions) {

  /** Nothing is published. */
  public static final PublishedStatus NOTHING = new PublishedStatus(List.of(), List.of());

  public static PublishedStatus of(Service service) {
    return in(service.getStatus());
  }

  /** Reads the operator's part of a status. */
  public static PublishedStatus in(@Nullable ServiceStatus status) {
    return new PublishedStatus(
        Optional.ofNullable(status)
            .map(ServiceStatus::getLoadBalancer)
            .map(loadBalancer -> loadBalancer.getIngress())
            .orElse(List.of()),
        Optional.ofNullable(status).map(ServiceStatus::getConditions).orElse(List.of()).stream()
            .filter(condition -> ServiceConditionType.of(condition.getType()).isPresent())
            .toList());
  }

  /** Whether the operator has written conditions to this Service. */
  public static boolean hasConditions(Service service) {
    return !of(service).conditions().isEmpty();
  }

  /**
   * Whether no address of the Service is published yet, as far as this version of it shows. The
   * first publication names the resource version: of two leaders that both publish first, the
   * second one fails.
   */
  public static boolean isFirst(Service service) {
    return !service.hasFinalizer(ApiNames.SERVICE_FINALIZER) || of(service).ingress().isEmpty();
  }

  /** The published addresses, without host names. */
  public Set<IpAddress> addresses() {
    return ingress.stream()
        .map(LoadBalancerIngress::getIp)
        .filter(Objects::nonNull)
        .flatMap(ip -> IpAddress.parse(ip).stream())
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  public boolean contains(IpAddress address) {
    return ingress.stream().anyMatch(entry -> address.toString().equals(entry.getIp()));
  }

  Optional<Condition> find(ServiceConditionType type) {
    return conditions.stream()
        .filter(condition -> condition.getType().equals(type.type()))
        .findFirst();
  }

  /**
   * The conditions that changed since {@code before} and deserve an Event. The Event that a node
   * announces an address says that it is assigned, too. Rejected connections cause one Event when
   * they begin: their causes come and go, and the condition lists them.
   */
  public List<Condition> eventsSince(PublishedStatus before) {
    List<Condition> changes = changesSince(before);
    boolean announced =
        changes.stream().anyMatch(change -> isTrue(change, ServiceConditionType.ANNOUNCED));
    return changes.stream()
        .filter(
            change ->
                !announced
                    || !isTrue(change, ServiceConditionType.ALLOCATED)
                    || change
                        .getReason()
                        .equals(ServiceConditionReason.ANNOTATION_IGNORED.reason()))
        .filter(
            change ->
                !isTrue(change, ServiceConditionType.LIMITED)
                    || before.find(ServiceConditionType.LIMITED).isEmpty())
        .toList();
  }

  private static boolean isTrue(Condition condition, ServiceConditionType type) {
    return condition.getType().equals(type.type()) && condition.getStatus().equals("True");
  }

  /** Conditions with another reason or message than before. */
  private List<Condition> changesSince(PublishedStatus before) {
    return conditions.stream()
        .filter(
            condition ->
                before.conditions.stream()
                    .filter(old -> old.getType().equals(condition.getType()))
                    .filter(old -> Objects.equals(old.getReason(), condition.getReason()))
                    .filter(old -> Objects.equals(old.getMessage(), condition.getMessage()))
                    .findFirst()
                    .isEmpty())
        .toList();
  }

  /**
   * The object for server-side apply: the identity of the Service and this status, nothing else.
   * The finalizer comes with it, since the API server takes metadata in a write of a Service's
   * status. So a Service that shows an address always has the finalizer. An apply without it
   * removes it.
   *
   * @param onlyThisVersion whether the write fails if the Service has changed since it was read
   */
  public Service toApply(Service service, boolean finalizer, boolean onlyThisVersion) {
    var metadata = service.getMetadata();
    return new ServiceBuilder()
        .withNewMetadata()
        .withNamespace(metadata.getNamespace())
        .withName(metadata.getName())
        .withUid(metadata.getUid())
        .withResourceVersion(onlyThisVersion ? metadata.getResourceVersion() : null)
        .withFinalizers(finalizer ? List.of(ApiNames.SERVICE_FINALIZER) : List.of())
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
