package dev.ballast.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the data plane of a node says about the node.
 *
 * @param steering how packets reach the data plane: {@code tproxy}, {@code bind} or {@code
 *     bind-unfiltered}
 * @param addressCount the number of {@code addresses}, which {@code kubectl get} shows
 * @param addresses sorted
 * @param drainingPods data plane Pods of the node that only wait for the end of their connections
 * @param checks one entry for each other node whose addresses this node checks
 */
@JsonClassDescription(
    "LoadBalancerNodeStatus reports what the data plane of a node runs on, and what is wrong with it.")
public record LoadBalancerNodeStatus(
    @JsonPropertyDescription("The version of the data plane.") @Nullable String version,
    @JsonPropertyDescription(
            "How packets reach the data plane. In the mode tproxy, the kernel steers them. In the modes bind and"
                + " bind-unfiltered, the data plane listens on the ports of Services.")
        @Nullable String steering,
    @JsonPropertyDescription("The number of addresses that the node announces.")
        @Nullable Integer addressCount,
    @JsonPropertyDescription("The addresses that the node announces.") List<String> addresses,
    @JsonPropertyDescription("The interfaces that can announce addresses.")
        List<NodeInterface> interfaces,
    @JsonPropertyDescription(
            "The data plane Pods of the node that have handed over after an update, and wait for the end of their connections.")
        List<String> drainingPods,
    @JsonPropertyDescription(
            "What is wrong with the node. An empty list means that the checks found nothing.")
        List<NodeFinding> findings,
    @JsonPropertyDescription(
            "The addresses of other nodes that this node checks from outside, by ARP or Neighbor Discovery and a TCP handshake.")
        List<PeerChecks> checks) {

  public LoadBalancerNodeStatus {
    addresses = Lists.orEmpty(addresses);
    interfaces = Lists.orEmpty(interfaces);
    drainingPods = Lists.orEmpty(drainingPods);
    findings = Lists.orEmpty(findings);
    checks = Lists.orEmpty(checks);
  }
}
