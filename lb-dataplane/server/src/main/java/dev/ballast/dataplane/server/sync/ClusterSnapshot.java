package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.address.OwnershipDecision;
import dev.ballast.dataplane.core.endpoint.NodeLocality;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.membership.AddressOwnership;
import java.net.InetAddress;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * The cluster as one reconciliation sees it.
 *
 * @param ownership decides by the interfaces of this node as they are now
 * @param all whether every Service is examined
 * @param examined the Services that are examined, with a LoadBalancer or without
 * @param configs the LoadBalancers of the examined Services
 * @param decisions what this node does with each of their addresses
 */
record ClusterSnapshot(
    AddressOwnership ownership,
    NodeLocality locality,
    boolean all,
    Set<ServiceKey> examined,
    Collection<LoadBalancerConfig> configs,
    Map<InetAddress, OwnershipDecision> decisions) {

  /** The addresses that this node announces, or goes on announcing. */
  Set<InetAddress> servedAddresses() {
    return addresses(ownership::serves);
  }

  Set<InetAddress> ownedAddresses() {
    return addresses(OwnershipDecision.Owned.class::isInstance);
  }

  private Set<InetAddress> addresses(Predicate<OwnershipDecision> decision) {
    return decisions.entrySet().stream()
        .filter(entry -> decision.test(entry.getValue()))
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
  }
}
