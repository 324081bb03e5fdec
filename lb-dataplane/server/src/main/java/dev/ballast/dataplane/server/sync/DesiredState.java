package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.address.OwnershipDecision;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.EndpointAdmission;
import dev.ballast.dataplane.core.endpoint.EndpointAdmission.RefusedEndpoint;
import dev.ballast.dataplane.core.endpoint.EndpointAvailability;
import dev.ballast.dataplane.core.endpoint.NodeLocality;
import dev.ballast.dataplane.core.plan.Frontend;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.server.cluster.EndpointSliceSnapshot;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.membership.AddressOwnership;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The desired state of this node, computed from the whole of what it knows about the cluster.
 *
 * @param servers the virtual server of each Service that this node serves
 * @param addresses all addresses of the servers, which this node announces
 * @param refused the endpoints of each Service that get no connections; Services without any are
 *     left out
 */
record DesiredState(
    Map<ServiceKey, VirtualServer> servers,
    Set<InetAddress> addresses,
    Map<ServiceKey, List<RefusedEndpoint>> refused) {

  /** What this node does with each address. Services that share one agree on that. */
  static Map<InetAddress, OwnershipDecision> decisions(
      Collection<LoadBalancerConfig> configs, AddressOwnership ownership) {
    Map<InetAddress, OwnershipDecision> decisions = new HashMap<>();
    for (LoadBalancerConfig config : configs) {
      for (InetAddress address : config.addresses()) {
        if (config.terminating()) {
          decisions.putIfAbsent(address, new OwnershipDecision.Unowned());
        } else {
          decisions.merge(
              address,
              ownership.decide(address, config.offLinkNodes(address)),
              (one, other) -> one.serves() ? one : other);
        }
      }
    }
    return decisions;
  }

  /**
   * The Services of which this node serves an address as soon as another node fails.
   *
   * @param decisions what this node does with each of their addresses
   */
  static Set<ServiceKey> succeeded(
      Collection<LoadBalancerConfig> configs,
      Map<InetAddress, OwnershipDecision> decisions,
      AddressOwnership ownership) {
    return configs.stream()
        .filter(config -> !config.terminating())
        .filter(
            config ->
                config.addresses().stream()
                    .anyMatch(
                        a ->
                            ownership.isSuccessor(
                                a,
                                decisions.getOrDefault(a, new OwnershipDecision.Unowned()),
                                config.offLinkNodes(a))))
        .map(LoadBalancerConfig::id)
        .collect(Collectors.toSet());
  }

  /** The addresses of each Service among these. Services without any are left out. */
  static Map<ServiceKey, List<InetAddress>> addressesByService(
      Collection<LoadBalancerConfig> configs, Set<InetAddress> among) {
    Map<ServiceKey, List<InetAddress>> byService = new HashMap<>();
    for (LoadBalancerConfig config : configs) {
      List<InetAddress> addresses =
          config.terminating()
              ? List.of()
              : config.addresses().stream().filter(among::contains).toList();
      if (!addresses.isEmpty()) {
        byService.put(config.id(), addresses);
      }
    }
    return byService;
  }

  /**
   * Those of the claimed addresses that this node is about to acquire. No node has reported on them
   * yet.
   */
  static List<InetAddress> pendingAddresses(
      Set<InetAddress> claimed, AddressOwnership ownership, AddressTable addressTable) {
    return claimed.stream()
        .filter(a -> ownership.owns(a, Set.of()) && !addressTable.isAcquired(a))
        .toList();
  }

  /**
   * @param admission decides which endpoints get connections
   * @param slices the EndpointSlices of a Service; empty while they are not known. The Service
   *     waits then, since a listener without backends refuses clients that can be served a moment
   *     later
   */
  static DesiredState of(
      Collection<LoadBalancerConfig> configs,
      Map<ServiceKey, List<InetAddress>> owned,
      NodeLocality locality,
      EndpointAdmission admission,
      Function<ServiceKey, Optional<List<EndpointSliceSnapshot>>> slices) {
    Map<ServiceKey, VirtualServer> servers = new HashMap<>();
    Set<InetAddress> addresses = new LinkedHashSet<>();
    Map<ServiceKey, List<RefusedEndpoint>> refused = new HashMap<>();
    for (LoadBalancerConfig config : configs) {
      List<InetAddress> own = owned.getOrDefault(config.id(), List.of());
      if (own.isEmpty()) {
        continue;
      }
      slices
          .apply(config.id())
          .ifPresent(
              known -> {
                Set<RefusedEndpoint> others = new LinkedHashSet<>();
                servers.put(config.id(), server(config, own, locality, known, admission, others));
                addresses.addAll(own);
                if (!others.isEmpty()) {
                  refused.put(config.id(), List.copyOf(others));
                }
              });
    }
    return new DesiredState(Map.copyOf(servers), Set.copyOf(addresses), Map.copyOf(refused));
  }

  private static VirtualServer server(
      LoadBalancerConfig config,
      List<InetAddress> addresses,
      NodeLocality locality,
      List<EndpointSliceSnapshot> slices,
      EndpointAdmission admission,
      Set<RefusedEndpoint> refused) {
    List<Frontend> frontends = new ArrayList<>();
    for (Frontend frontend : config.frontends()) {
      var admitted = admission.admit(endpoints(frontend, slices));
      refused.addAll(admitted.refused());
      frontends.add(
          new Frontend(frontend.name(), frontend.port(), frontend.protocol(), admitted.admitted()));
    }
    return new VirtualServer(
        config.id(), config.generation(), addresses, frontends, config.policy(), locality);
  }

  /**
   * The endpoints of the frontend's port name, whatever number each slice has for it. A Pod can be
   * in two slices while it moves between them. It counts once, with the conditions that make it
   * more available.
   */
  private static List<Endpoint> endpoints(Frontend frontend, List<EndpointSliceSnapshot> slices) {
    var port = new EndpointSliceSnapshot.EndpointPort(frontend.name(), frontend.protocol());
    record Key(InetAddress address, int port) {}
    Map<Key, Endpoint> endpoints = new LinkedHashMap<>();
    for (EndpointSliceSnapshot slice : slices) {
      for (Endpoint endpoint : slice.endpoints().getOrDefault(port, List.of())) {
        endpoints.merge(
            new Key(endpoint.address(), endpoint.port()), endpoint, DesiredState::moreAvailable);
      }
    }
    return List.copyOf(endpoints.values());
  }

  private static Endpoint moreAvailable(Endpoint one, Endpoint other) {
    return EndpointAvailability.of(one.conditions())
                .compareTo(EndpointAvailability.of(other.conditions()))
            <= 0
        ? one
        : other;
  }
}
