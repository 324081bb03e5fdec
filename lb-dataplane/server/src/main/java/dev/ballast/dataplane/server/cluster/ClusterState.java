package dev.ballast.dataplane.server.cluster;

import dev.ballast.dataplane.core.endpoint.NodeLocality;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.membership.Members;
import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a pass sees of the cluster. */
public interface ClusterState {

  Collection<LoadBalancerConfig> programs();

  Optional<LoadBalancerConfig> program(ServiceKey id);

  Members members();

  /** Addresses that LoadBalancers are about to have, of whatever node. */
  Set<InetAddress> foretold();

  /** The addresses of the nodes with a data plane, members or not. */
  Set<InetAddress> nodeAddresses();

  /** Where this node is. */
  NodeLocality here();

  /**
   * Of the Services {@code among}, the slices of these are to be kept, and of no others; those of
   * new ones come later. Nothing changes for the Services that are not named.
   */
  void serve(Set<ServiceKey> services, Set<ServiceKey> among);

  /** The slices of a Service that {@link #serve} named; empty while they are not all known. */
  Optional<List<EndpointSliceSnapshot>> slices(ServiceKey id);
}
