package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.LoadBalancerSpec;
import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.logging.LogKeys;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.reconciler.FinalizerWriter;
import dev.ballast.operator.reconciler.FirstObservations;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes and deletes LoadBalancers, the configuration of the data plane for one Service each. */
final class LoadBalancerWriter {

  private static final Logger log = LoggerFactory.getLogger(LoadBalancerWriter.class);
  static final String FIELD_MANAGER = "ballast-operator";

  /** A node that has not reported the release by then counts as dead. */
  private static final Duration RELEASE_TIMEOUT = Duration.ofSeconds(15);

  /** Many times as long as a deletion takes. */
  private static final Duration DELETION_RETENTION = Duration.ofMinutes(10);

  private static final Duration RELEASE_POLL = Duration.ofSeconds(1);

  private final KubernetesClient client;
  private final FirstObservations deletions;

  LoadBalancerWriter(KubernetesClient client, LongSupplier nanoTime) {
    this.client = client;
    this.deletions = new FirstObservations(nanoTime, DELETION_RETENTION);
  }

  /** Whether the LoadBalancer belongs to this very Service and is not being deleted. */
  static boolean isCurrent(LoadBalancer loadBalancer, Service service) {
    return !loadBalancer.isMarkedForDeletion()
        && isOwnedBy(loadBalancer, service.getMetadata().getUid());
  }

  static boolean isOwnedBy(LoadBalancer loadBalancer, String serviceUid) {
    return loadBalancer.getMetadata().getOwnerReferences().stream()
        .anyMatch(owner -> owner.getUid().equals(serviceUid));
  }

  /** Reads the LoadBalancer of the Service's name from the API server. */
  @Nullable LoadBalancer get(ServiceRef service) {
    return client
        .resources(LoadBalancer.class)
        .inNamespace(service.namespace())
        .withName(service.name())
        .get();
  }

  /** Writes nothing when {@code current} has this spec already. */
  LoadBalancer apply(Service service, LoadBalancerSpec spec, @Nullable LoadBalancer current) {
    if (current != null && Objects.equals(current.getSpec(), spec)) {
      return current;
    }
    var metadata = service.getMetadata();
    LoadBalancer loadBalancer = new LoadBalancer();
    loadBalancer.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(metadata.getNamespace())
            .withName(metadata.getName())
            .withFinalizers(ApiNames.RELEASE_FINALIZER)
            .withOwnerReferences(
                new OwnerReferenceBuilder()
                    .withApiVersion("v1")
                    .withKind("Service")
                    .withName(metadata.getName())
                    .withUid(metadata.getUid())
                    .withController(true)
                    .build())
            .build());
    loadBalancer.setSpec(spec);
    return client
        .resource(loadBalancer)
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager(FIELD_MANAGER)
                .withForce(true)
                .build());
  }

  /**
   * Deletes the LoadBalancer. Its finalizer is removed when no node serves it any more, or some
   * time after this process has first seen or requested the deletion.
   *
   * @return how long to wait before the next call; empty when it is gone
   */
  Optional<Duration> delete(LoadBalancer loadBalancer) {
    Duration deleting = deletions.record(loadBalancer.getMetadata().getUid());
    if (!loadBalancer.isMarkedForDeletion()) {
      client.resource(loadBalancer).delete();
      return Optional.of(RELEASE_POLL);
    }
    List<String> serving =
        Optional.ofNullable(loadBalancer.getStatus())
            .map(LoadBalancerStatus::nodes)
            .orElse(List.of())
            .stream()
            .map(NodeReport::name)
            .toList();
    if (!serving.isEmpty()) {
      if (deleting.compareTo(RELEASE_TIMEOUT) < 0) {
        return Optional.of(RELEASE_POLL);
      }
      log.atWarn()
          .addKeyValue(LogKeys.SERVICE, nameOf(loadBalancer))
          .addKeyValue(LogKeys.NODE, serving)
          .log(
              "Released the LoadBalancer although the node did not report within {} that it stopped"
                  + " serving it. Check whether the node is up",
              RELEASE_TIMEOUT);
    }
    FinalizerWriter.remove(client, loadBalancer, ApiNames.RELEASE_FINALIZER);
    return Optional.empty();
  }

  private static String nameOf(LoadBalancer loadBalancer) {
    return loadBalancer.getMetadata().getNamespace() + "/" + loadBalancer.getMetadata().getName();
  }
}
