package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a data plane must know, resolved from the Service and the defaults; backends come from
 * the Service's EndpointSlices and are not in it.
 *
 * @param addresses external addresses in canonical text; empty while none could be allocated
 * @param clientIpAffinitySeconds time-out of {@code sessionAffinity: ClientIP}; null: no affinity
 * @param sourceRanges {@code loadBalancerSourceRanges}: CIDRs of the clients; empty: everybody
 */
public record LoadBalancerSpec(
    @JsonPropertyDescription("External addresses; empty while none could be allocated.")
        List<String> addresses,
    @Required @JsonPropertyDescription("What is listened on, at every address.")
        List<FrontendSpec> frontends,
    @JsonPropertyDescription("How a backend is picked for a new connection.")
        @Nullable BalancingAlgorithm balancing,
    @JsonPropertyDescription(
            "sessionAffinity ClientIP: seconds that a client keeps its backend; absent: no affinity.")
        @Nullable Integer clientIpAffinitySeconds,
    @JsonPropertyDescription(
            "Who may connect, as CIDRs of the clients; empty: everybody. A client of a family without a CIDR may not.")
        List<String> sourceRanges,
    @JsonPropertyDescription("The active check of the backends.")
        @Nullable HealthCheckSpec healthCheck,
    @JsonPropertyDescription("Time-outs of a connection, or of a flow of UDP.")
        @Nullable TimeoutsSpec timeouts) {

  public LoadBalancerSpec {
    addresses = Lists.orEmpty(addresses);
    frontends = Lists.orEmpty(frontends);
    sourceRanges = Lists.orEmpty(sourceRanges);
  }
}
