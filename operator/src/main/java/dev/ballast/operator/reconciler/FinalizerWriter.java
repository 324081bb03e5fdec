package dev.ballast.operator.reconciler;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Adds and removes finalizers, but only if the object is still the one that was read. */
public final class FinalizerWriter {

  private static final int ATTEMPTS = 5;

  /** Returns the updated object; empty if it was deleted or created again. */
  public static Optional<HasMetadata> add(
      KubernetesClient client, HasMetadata object, String finalizer) {
    return change(
        client,
        object,
        present -> {
          List<String> more = new ArrayList<>(present);
          if (!more.contains(finalizer)) {
            more.add(finalizer);
          }
          return more;
        });
  }

  /** No effect if the object does not have the finalizer. */
  public static void remove(KubernetesClient client, HasMetadata object, String finalizer) {
    change(client, object, present -> present.stream().filter(f -> !f.equals(finalizer)).toList());
  }

  /** Empty if the object was deleted or created again, so that there is nothing to change. */
  private static Optional<HasMetadata> change(
      KubernetesClient client, HasMetadata read, UnaryOperator<List<String>> change) {
    HasMetadata object = read;
    for (int attempt = 1; ; attempt++) {
      List<String> desired = change.apply(object.getFinalizers());
      if (desired.equals(object.getFinalizers())) {
        return Optional.of(object);
      }
      try {
        return Optional.of(patch(client, object, desired));
      } catch (KubernetesClientException e) {
        if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
          return Optional.empty();
        }
        if (e.getCode() != HttpURLConnection.HTTP_CONFLICT || attempt == ATTEMPTS) {
          throw e;
        }
      }
      HasMetadata live = client.resource(object).get();
      if (live == null || !live.getMetadata().getUid().equals(read.getMetadata().getUid())) {
        return Optional.empty();
      }
      object = live;
    }
  }

  private static HasMetadata patch(
      KubernetesClient client, HasMetadata object, List<String> finalizers) {
    var metadata = object.getMetadata();
    String patch =
        client
            .getKubernetesSerialization()
            .asJson(
                Map.of(
                    "metadata",
                    Map.of(
                        "uid", metadata.getUid(),
                        "resourceVersion", metadata.getResourceVersion(),
                        "finalizers", finalizers)));
    return client.resource(object).patch(PatchContext.of(PatchType.JSON_MERGE), patch);
  }

  private FinalizerWriter() {}
}
