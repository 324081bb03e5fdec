package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one node does for a load balancer, written by that node with a field manager of its own.
 *
 * @param observedGeneration the generation of the spec that this report speaks of
 * @param announcing the addresses that this node answers for on the LAN
 * @param notAnnounced those that it should answer for and cannot, and why
 * @param healthyBackends healthy of all, as {@code 2/3}
 * @param backends at most {@value #MAX_BACKENDS}; {@code healthyBackends} counts all
 */
public record NodeReport(
    @Required String name,
    @JsonPropertyDescription("The generation of the spec that this report speaks of.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("The addresses that this node answers for on the LAN.")
        List<String> announcing,
    @JsonPropertyDescription("The addresses that this node should answer for and does not.")
        List<AddressReport> notAnnounced,
    List<FrontendReport> frontends,
    @JsonPropertyDescription("Healthy backends of all, as 2/3.") @Nullable String healthyBackends,
    List<BackendReport> backends) {

  /** Keeps a status well below etcd's limit of 1.5 MiB an object. */
  public static final int MAX_BACKENDS = 100;

  public NodeReport {
    announcing = Lists.orEmpty(announcing);
    notAnnounced = Lists.orEmpty(notAnnounced);
    frontends = Lists.orEmpty(frontends);
    backends = Lists.orEmpty(backends);
  }
}
