package dev.ballast.apiclient;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.LoadBalancer;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.WatchEvent;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;

/**
 * Reads objects at a third of what fabric8 takes for a LoadBalancer: our kinds are known to it, so
 * that they are not read as maps first; what a watch delivers becomes no tree first; and {@code
 * metadata.managedFields}, half of an object that is written by server-side apply, is skipped. So
 * objects read with it have none, which is what the API server asks of an apply, and takes for "as
 * they are" in an update.
 */
public final class ApiSerialization extends KubernetesSerialization {

  /** Reads as {@link KubernetesSerialization} does, but for what is said above. */
  public ApiSerialization() {
    this(new ObjectMapper());
  }

  private ApiSerialization(ObjectMapper mapper) {
    super(mapper, true);
    registerKubernetesResource(Address.class);
    registerKubernetesResource(AddressPool.class);
    registerKubernetesResource(LoadBalancer.class);
    mapper.addMixIn(ObjectMeta.class, WithoutManagedFields.class);
    mapper.registerModule(
        new SimpleModule("watch-events")
            .addDeserializer(
                WatchEvent.class,
                new WatchEventDeserializer(
                    (apiVersion, kind) -> getRegisteredKubernetesResource(apiVersion, kind))));
  }

  @JsonIgnoreProperties("managedFields")
  private abstract static class WithoutManagedFields {}
}
