package dev.ballast.dataplane.server.cluster;

import dev.ballast.dataplane.core.address.AddressGrant;
import dev.ballast.dataplane.core.address.AnnouncePolicy;
import dev.ballast.dataplane.core.endpoint.NodeLocality;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.membership.Members;
import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The cluster as this node knows it: what a reconciliation reads. */
public interface ClusterState {

  Collection<LoadBalancerConfig> loadBalancers();

  Optional<LoadBalancerConfig> loadBalancer(ServiceKey id);

  /** The nodes that may own addresses. */
  Members members();

  /** The Services that an address is bound to; empty if there is no Address for it. */
  Optional<AddressGrant> grantOf(InetAddress address);

  /** Which nodes and interfaces may announce an address. Thread-safe. */
  AnnouncePolicy announcePolicy(InetAddress address);

  /** Addresses of all nodes that were claimed just now, and get a LoadBalancer next. */
  Set<InetAddress> pendingAddresses();

  /** The LoadBalancerNodes, by the name of the node. Without one, nothing is known of the node. */
  Map<String, PeerNode> peerNodes();

  /** The data plane Pods of this node that are being deleted, sorted. */
  List<String> terminatingPods();

  /** The nodes whose data plane Pods are all being deleted. */
  Set<String> leavingNodes();

  /** The uid of this node's Node, which owns its LoadBalancerNode; empty if it is not known. */
  Optional<String> nodeUid();

  /** The addresses of the nodes with a data plane, members or not, and the name of each node. */
  Map<InetAddress, String> nodeAddresses();

  /** The name and the zone of this node. */
  NodeLocality locality();

  /**
   * Sets the Services whose EndpointSlices are kept in memory. The slices of an added Service
   * become available later.
   *
   * @param served the Services to keep slices of, since this node serves them, or does so as soon
   *     as another node fails
   * @param examined the Services that change: one that is not in {@code served} is dropped. All
   *     others stay as they are
   */
  void setServedServices(Set<ServiceKey> served, Set<ServiceKey> examined);

  /** The EndpointSlices of a served Service; empty until all of them are known. */
  Optional<List<EndpointSliceSnapshot>> endpointSlices(ServiceKey id);
}
