package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Desired state of a LoadBalancer: all that the data plane has to know, resolved from the Service
 * and from defaults. Backends are not in it, because the data plane reads EndpointSlices itself.
 *
 * @param addresses external addresses in canonical text; empty until the operator allocates one
 * @param clientIpAffinitySeconds timeout of {@code sessionAffinity: ClientIP}; null means no
 *     affinity
 * @param sourceRanges {@code loadBalancerSourceRanges}: CIDRs of the clients; empty allows all
 */
@JsonClassDescription(
    "LoadBalancerSpec is the configuration that the operator computes from the Service.")
public record LoadBalancerSpec(
    @JsonPropertyDescription("The external IP addresses. Empty until Ballast allocates one.")
        List<String> addresses,
    @Required @JsonPropertyDescription("The ports that the data plane listens on at each address.")
        List<FrontendSpec> frontends,
    @JsonPropertyDescription(
            "The algorithm that selects a backend for a new connection. If not set, it is RoundRobin.")
        @Nullable BalancingAlgorithm balancing,
    @JsonPropertyDescription(
            "The timeout of sessionAffinity ClientIP, in seconds. If not set, there is no session affinity.")
        @Nullable Integer clientIpAffinitySeconds,
    @JsonPropertyDescription(
            "The CIDRs of the clients that can connect. If empty, all clients can connect. If all CIDRs are of one IP"
                + " family, clients of the other family cannot connect.")
        List<String> sourceRanges,
    @JsonPropertyDescription("The active health check of the backends.")
        @Nullable HealthCheckSpec healthCheck,
    @JsonPropertyDescription("The timeouts of connections and UDP flows.")
        @Nullable TimeoutsSpec timeouts,
    @JsonPropertyDescription(
            "The limits of the Service on each node. If not set, only the budget of the node limits it.")
        @Nullable LimitsSpec limits) {

  public LoadBalancerSpec {
    addresses = Lists.orEmpty(addresses);
    frontends = Lists.orEmpty(frontends);
    sourceRanges = Lists.orEmpty(sourceRanges);
  }
}
