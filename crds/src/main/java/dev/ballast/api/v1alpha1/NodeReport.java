package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * State of a load balancer at one node. The node writes it with a field manager of its own, so that
 * nodes never overwrite each other.
 *
 * @param observedGeneration the generation of the spec that the report refers to
 * @param announcing the addresses that the node announces
 * @param notAnnounced the addresses that the node owns but cannot announce. With the reason {@code
 *     NotOnLink}: those that it would own if it had an interface in their subnet. If no node has
 *     one, the owner announces such an address nevertheless, and lists it here too
 * @param conflicts the addresses that the node announces and that another machine uses too
 * @param healthyBackends healthy backends and all backends, as {@code 2/3}
 * @param backends at most {@value #MAX_BACKENDS}; {@code healthyBackends} counts all
 * @param steering how packets reach the data plane: {@code tproxy}, {@code bind} or {@code
 *     bind-unfiltered}
 * @param rejecting why the node rejects connections for some time, such as {@code ServiceLimit}
 * @param claims the claims to the announced addresses; a node of an older version reports none
 */
public record NodeReport(
    @Required @JsonPropertyDescription("The name of the node.") String name,
    @JsonPropertyDescription("The generation of the spec that this report refers to.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription("The addresses that the node announces on the network.")
        List<String> announcing,
    @JsonPropertyDescription(
            "The addresses that the node owns but does not announce. With the reason NotOnLink, the node has no"
                + " interface in the subnet of the address, and another node announces it if one has.")
        List<AddressReport> notAnnounced,
    @JsonPropertyDescription(
            "The addresses that the node announces while a machine that is not a cluster node uses them too.")
        List<AddressReport> conflicts,
    @JsonPropertyDescription("The state of each port.") List<FrontendReport> frontends,
    @JsonPropertyDescription("The number of healthy backends and of all backends, as 2/3.")
        @Nullable String healthyBackends,
    @JsonPropertyDescription("The state of each backend. The list has at most 100 entries.")
        List<BackendReport> backends,
    @JsonPropertyDescription(
            "How packets reach the data plane of the node. In the mode tproxy, the kernel steers them, and the Service takes no"
                + " port of the node. In the modes bind and bind-unfiltered, the data plane listens on the ports.")
        @Nullable String steering,
    @JsonPropertyDescription(
            "The reasons why the node rejects new connections, if this lasts longer than some seconds.")
        List<String> rejecting,
    @JsonPropertyDescription(
            "The claims to the addresses that the node announces, each with an epoch. The highest epoch owns an address.")
        List<OwnershipClaim> claims) {

  /** Keeps the status well below etcd's limit of 1.5 MiB for an object. */
  public static final int MAX_BACKENDS = 100;

  public NodeReport {
    announcing = Lists.orEmpty(announcing);
    notAnnounced = Lists.orEmpty(notAnnounced);
    conflicts = Lists.orEmpty(conflicts);
    frontends = Lists.orEmpty(frontends);
    backends = Lists.orEmpty(backends);
    rejecting = Lists.orEmpty(rejecting);
    claims = Lists.orEmpty(claims);
  }

  /** The same report with these claims. */
  public NodeReport withClaims(List<OwnershipClaim> now) {
    return new NodeReport(
        name,
        observedGeneration,
        announcing,
        notAnnounced,
        conflicts,
        frontends,
        healthyBackends,
        backends,
        steering,
        rejecting,
        now);
  }

  /** The epoch of the claim to the address; 0 without one, as of a node of an older version. */
  public long epochOf(String address) {
    return claims.stream()
        .filter(claim -> claim.address().equals(address))
        .mapToLong(OwnershipClaim::epoch)
        .findFirst()
        .orElse(0);
  }

  /** A report without conflicts, rejections and claims, of a node whose steering is not known. */
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
        backends,
        null,
        List.of(),
        List.of());
  }
}
