package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.operator.service.status.PublishedStatus;
import io.fabric8.kubernetes.api.model.Service;
import io.javaoperatorsdk.operator.processing.event.source.filter.OnUpdateFilter;
import java.util.Objects;

/**
 * Filter of the updates of a Service that can change the result of reconciling it. A Service has no
 * generation: without this filter, every write of the operator would cause another reconcile.
 */
final class ServiceUpdateFilter implements OnUpdateFilter<Service> {

  @Override
  public boolean accept(Service updated, Service old) {
    return updated.isMarkedForDeletion() != old.isMarkedForDeletion()
        || !Objects.equals(updated.getSpec(), old.getSpec())
        || !Objects.equals(
            updated.getMetadata().getAnnotations(), old.getMetadata().getAnnotations())
        || !Objects.equals(updated.getMetadata().getLabels(), old.getMetadata().getLabels())
        || lostFinalizer(ApiNames.SERVICE_FINALIZER, updated, old)
        || !PublishedStatus.of(updated).equals(PublishedStatus.of(old));
  }

  private static boolean lostFinalizer(String finalizer, Service updated, Service old) {
    return old.hasFinalizer(finalizer) && !updated.hasFinalizer(finalizer);
  }
}
