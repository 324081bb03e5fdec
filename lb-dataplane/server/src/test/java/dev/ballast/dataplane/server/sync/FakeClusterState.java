package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.address.AddressGrant;
import dev.ballast.dataplane.core.address.AnnouncePolicy;
import dev.ballast.dataplane.core.endpoint.NodeLocality;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.cluster.ClusterState;
import dev.ballast.dataplane.server.cluster.EndpointSliceSnapshot;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.cluster.PeerNode;
import dev.ballast.dataplane.server.membership.Members;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** A cluster state that a test sets. It counts lookups. */
final class FakeClusterState implements ClusterState {

  final Map<ServiceKey, LoadBalancerConfig> configs = new HashMap<>();
  final Map<ServiceKey, List<EndpointSliceSnapshot>> slices = new HashMap<>();
  final Set<ServiceKey> served = new HashSet<>();
  final Set<InetAddress> pendingAddresses = new HashSet<>();
  final Set<String> leavingNodes = new HashSet<>();

  /** What differs from the Address that each LoadBalancer has otherwise. */
  final Map<InetAddress, Optional<AddressGrant>> grants = new HashMap<>();

  final Map<InetAddress, AnnouncePolicy> announcePolicies = new HashMap<>();
  final Map<InetAddress, String> nodeAddresses = new HashMap<>();
  final Map<String, PeerNode> peerNodes = new HashMap<>();
  private final Map<InetAddress, List<AddressGrant.Grantee>> granted = new HashMap<>();
  private int indexed;

  Members members = new Members(new TreeSet<>(Set.of("n1")), false);

  /** How many Services were returned or named since this was last set. */
  int lookups;

  @Override
  public Collection<LoadBalancerConfig> loadBalancers() {
    lookups += configs.size();
    return configs.values();
  }

  @Override
  public Optional<LoadBalancerConfig> loadBalancer(ServiceKey id) {
    lookups++;
    return Optional.ofNullable(configs.get(id));
  }

  @Override
  public Optional<AddressGrant> grantOf(InetAddress address) {
    if (grants.containsKey(address)) {
      return grants.get(address);
    }
    if (indexed != configs.size() || !granted.containsKey(address)) {
      indexGrants();
    }
    return Optional.ofNullable(granted.get(address)).map(AddressGrant::new);
  }

  @Override
  public AnnouncePolicy announcePolicy(InetAddress address) {
    return announcePolicies.getOrDefault(address, AnnouncePolicy.ALL);
  }

  /** Once for all, since a test may have ten thousand LoadBalancers. */
  private void indexGrants() {
    granted.clear();
    for (LoadBalancerConfig config : configs.values()) {
      for (InetAddress address : config.addresses()) {
        granted
            .computeIfAbsent(address, a -> new ArrayList<>())
            .add(new AddressGrant.Grantee(config.id(), "u1"));
      }
    }
    indexed = configs.size();
  }

  @Override
  public Map<String, PeerNode> peerNodes() {
    return Map.copyOf(peerNodes);
  }

  @Override
  public List<String> terminatingPods() {
    return List.of();
  }

  @Override
  public Set<String> leavingNodes() {
    return leavingNodes;
  }

  @Override
  public Optional<String> nodeUid() {
    return Optional.empty();
  }

  @Override
  public Map<InetAddress, String> nodeAddresses() {
    return nodeAddresses;
  }

  @Override
  public Set<InetAddress> pendingAddresses() {
    return pendingAddresses;
  }

  @Override
  public NodeLocality locality() {
    return new NodeLocality("n1", "");
  }

  @Override
  public Members members() {
    return members;
  }

  @Override
  public void setServedServices(Set<ServiceKey> services, Set<ServiceKey> among) {
    lookups += among.size();
    among.forEach(id -> served.remove(id));
    served.addAll(services);
  }

  @Override
  public Optional<List<EndpointSliceSnapshot>> endpointSlices(ServiceKey id) {
    lookups++;
    return Optional.ofNullable(slices.get(id));
  }
}
