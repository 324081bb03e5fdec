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
 * @param conflicts those that it answers for, and so does a machine that is no node of the cluster
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
    @JsonPropertyDescription(
            "The addresses that a machine which is no node of the cluster answers for, too.")
        List<AddressReport> conflicts,
    List<FrontendReport> frontends,
    @JsonPropertyDescription("Healthy backends of all, as 2/3.") @Nullable String healthyBackends,
    List<BackendReport> backends) {

  /** Keeps a status well below etcd's limit of 1.5 MiB an object. */
  public static final int MAX_BACKENDS = 100;

  public NodeReport {
    announcing = Lists.orEmpty(announcing);
    notAnnounced = Lists.orEmpty(notAnnounced);
    conflicts = Lists.orEmpty(conflicts);
    frontends = Lists.orEmpty(frontends);
    backends = Lists.orEmpty(backends);
  }

  /** Without conflicts. */
  public NodeReport(
      String name,
      @Nullable Long observedGeneration,
      List<String> announcing,
      List<AddressReport> notAnnounced,
      List<FrontendReport> frontends,
      @Nullable String healthyBackends,
      List<BackendReport> backends) {
    this(
        name,
        observedGeneration,
        announcing,
        notAnnounced,
        List.of(),
        frontends,
        healthyBackends,
        backends);
  }
}
