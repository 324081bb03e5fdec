package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.ApiNames;
import io.fabric8.kubernetes.api.model.Service;
import io.javaoperatorsdk.operator.processing.event.source.filter.OnUpdateFilter;
import java.util.Objects;

/**
 * The updates of a Service that can change what is to be done. A Service has no generation, so that
 * without this every write of ours would come back as work.
 */
public final class ServiceUpdateFilter implements OnUpdateFilter<Service> {

  @Override
  public boolean accept(Service updated, Service old) {
    return updated.isMarkedForDeletion() != old.isMarkedForDeletion()
        || !Objects.equals(updated.getSpec(), old.getSpec())
        || !Objects.equals(
            updated.getMetadata().getAnnotations(), old.getMetadata().getAnnotations())
        || !Objects.equals(updated.getMetadata().getLabels(), old.getMetadata().getLabels())
        || lost(ApiNames.SERVICE_FINALIZER, updated, old)
        || !PublishedStatus.in(updated.getStatus()).equals(PublishedStatus.in(old.getStatus()));
  }

  private static boolean lost(String finalizer, Service updated, Service old) {
    return old.hasFinalizer(finalizer) && !updated.hasFinalizer(finalizer);
  }
}
