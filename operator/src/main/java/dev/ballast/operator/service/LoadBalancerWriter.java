package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.api.v1alpha1.LoadBalancerSpec;
import dev.ballast.api.v1alpha1.LoadBalancerStatus;
import dev.ballast.api.v1alpha1.NodeReport;
import dev.ballast.logging.LogKeys;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.reconciler.FinalizerWriter;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes and withdraws LoadBalancers, the programs of the data plane. */
final class LoadBalancerWriter {

  private static final Logger log = LoggerFactory.getLogger(LoadBalancerWriter.class);
  static final String FIELD_MANAGER = "ballast-operator";

  /** After this, a node that has not reported its release is taken to be dead. */
  private static final Duration RELEASE_PATIENCE = Duration.ofSeconds(15);

  private static final Duration RELEASE_POLL = Duration.ofSeconds(1);

  private final KubernetesClient client;
  private final InstantSource clock;

  LoadBalancerWriter(KubernetesClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  /** Whether {@code program} is the one of this very Service, and not on its way out. */
  static boolean isCurrent(LoadBalancer loadBalancer, Service service) {
    return !loadBalancer.isMarkedForDeletion()
        && isOwnedBy(loadBalancer, service.getMetadata().getUid());
  }

  static boolean isOwnedBy(LoadBalancer loadBalancer, String serviceUid) {
    return loadBalancer.getMetadata().getOwnerReferences().stream()
        .anyMatch(owner -> owner.getUid().equals(serviceUid));
  }

  /** The program of a Service of this name, as the API server has it. */
  @Nullable LoadBalancer read(ServiceRef service) {
    return client
        .resources(LoadBalancer.class)
        .inNamespace(service.namespace())
        .withName(service.name())
        .get();
  }

  /** Makes the program say {@code spec}: no write when it does. */
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
   * Deletes the program, and lets it vanish once no node serves it any more.
   *
   * @return how long to wait before asking again; empty when it is gone
   */
  Optional<Duration> remove(LoadBalancer loadBalancer) {
    String deleted = loadBalancer.getMetadata().getDeletionTimestamp();
    if (deleted == null) {
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
      if (clock.instant().isBefore(Instant.parse(deleted).plus(RELEASE_PATIENCE))) {
        return Optional.of(RELEASE_POLL);
      }
      log.atWarn()
          .addKeyValue(LogKeys.SERVICE, nameOf(loadBalancer))
          .addKeyValue(LogKeys.NODE, serving)
          .log(
              "released without the node's word: it did not report within {} that it let go; see"
                  + " whether it is up",
              RELEASE_PATIENCE);
    }
    FinalizerWriter.remove(client, loadBalancer, ApiNames.RELEASE_FINALIZER);
    return Optional.empty();
  }

  private static String nameOf(LoadBalancer loadBalancer) {
    return loadBalancer.getMetadata().getNamespace() + "/" + loadBalancer.getMetadata().getName();
  }
}
