package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.reconciler.RequeueEventSource;
import io.fabric8.kubernetes.api.model.Service;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Event sources of the {@link ServiceReconciler}, and the caches of their watches. LoadBalancers
 * are read as the watch shows them, without a copy of the operator's own writes. A write based on
 * an old state is applied again, to no effect. A copy that outlived another leader's write would
 * hide that write for good.
 */
final class ServiceEventSources {

  private final RequeueEventSource<Service> requeues = new RequeueEventSource<>(this::service);
  private @Nullable InformerEventSource<LoadBalancer, Service> loadBalancers;
  private @Nullable IndexerResourceCache<Service> services;

  List<EventSource<?, Service>> prepare(EventSourceContext<Service> context) {
    services = context.getPrimaryCache();
    loadBalancers =
        new InformerEventSource<>(
            InformerEventSourceConfiguration.from(LoadBalancer.class, Service.class)
                .withName("loadbalancers")
                .withSecondaryToPrimaryMapper(
                    loadBalancer -> Set.of(ResourceID.fromResource(loadBalancer)))
                .build(),
            context);
    return List.of(loadBalancers, requeues);
  }

  /** Requeues a Service that was created again while its deletion was reconciled. */
  Metrics requeueAfterDeletion() {
    return requeues;
  }

  void requeue(ResourceID service) {
    requeues.propagateEvent(service);
  }

  void requeueNamespace(String namespace) {
    services()
        .filter(service -> service.getMetadata().getNamespace().equals(namespace))
        .map(ResourceID::fromResource)
        .forEach(this::requeue);
  }

  Stream<Service> services() {
    return services == null ? Stream.empty() : services.list();
  }

  /** Whether this very Service exists, and not a later one of its name. */
  boolean isPresent(ServiceRef serviceRef) {
    return service(idOf(serviceRef))
        .filter(service -> service.getMetadata().getUid().equals(serviceRef.uid()))
        .isPresent();
  }

  private Optional<Service> service(ResourceID id) {
    return services == null ? Optional.empty() : services.get(id);
  }

  /** The LoadBalancer of the Service's name, or null. */
  @Nullable LoadBalancer loadBalancer(ServiceRef serviceRef) {
    return loadBalancers == null ? null : loadBalancers.get(idOf(serviceRef)).orElse(null);
  }

  static ServiceRef refOf(Service service) {
    var metadata = service.getMetadata();
    return new ServiceRef(metadata.getNamespace(), metadata.getName(), metadata.getUid());
  }

  static ResourceID idOf(ServiceRef serviceRef) {
    return new ResourceID(serviceRef.name(), serviceRef.namespace());
  }
}
