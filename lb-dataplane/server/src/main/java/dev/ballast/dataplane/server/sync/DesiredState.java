package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.EndpointAvailability;
import dev.ballast.dataplane.core.endpoint.NodeLocality;
import dev.ballast.dataplane.core.plan.Frontend;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.core.plan.VirtualServer;
import dev.ballast.dataplane.server.cluster.EndpointSliceSnapshot;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.membership.Members;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * What this node has to serve, computed from the whole of what is known.
 *
 * @param servers by Service
 * @param addresses all of theirs: what this node has to answer for on the LAN
 */
record DesiredState(Map<ServiceKey, VirtualServer> servers, Set<InetAddress> addresses) {

  static final DesiredState NOTHING = new DesiredState(Map.of(), Set.of());

  /** The addresses of each Service that {@code self} owns; Services without any are not in it. */
  static Map<ServiceKey, List<InetAddress>> owned(
      Collection<LoadBalancerConfig> configs, Members members, String self) {
    Map<ServiceKey, List<InetAddress>> owned = new HashMap<>();
    for (LoadBalancerConfig config : configs) {
      List<InetAddress> addresses =
          config.released()
              ? List.of()
              : config.addresses().stream().filter(a -> members.owns(self, a)).toList();
      if (!addresses.isEmpty()) {
        owned.put(config.id(), addresses);
      }
    }
    return owned;
  }

  /** Of the addresses {@code claimed} those that {@code self} is going to take. */
  static List<InetAddress> foretold(
      Set<InetAddress> claimed, Members members, String self, AddressTable addressTable) {
    return claimed.stream().filter(a -> members.owns(self, a) && !addressTable.isTaken(a)).toList();
  }

  /**
   * @param slices of a Service; empty while they are not known, and then the Service waits: a
   *     listener without backends would refuse clients that another moment serves
   */
  static DesiredState of(
      Collection<LoadBalancerConfig> configs,
      Map<ServiceKey, List<InetAddress>> owned,
      NodeLocality here,
      Function<ServiceKey, Optional<List<EndpointSliceSnapshot>>> slices) {
    Map<ServiceKey, VirtualServer> servers = new HashMap<>();
    Set<InetAddress> addresses = new LinkedHashSet<>();
    for (LoadBalancerConfig config : configs) {
      List<InetAddress> own = owned.getOrDefault(config.id(), List.of());
      if (own.isEmpty()) {
        continue;
      }
      slices
          .apply(config.id())
          .ifPresent(
              known -> {
                servers.put(config.id(), server(config, own, here, known));
                addresses.addAll(own);
              });
    }
    return new DesiredState(Map.copyOf(servers), Set.copyOf(addresses));
  }

  private static VirtualServer server(
      LoadBalancerConfig config,
      List<InetAddress> addresses,
      NodeLocality here,
      List<EndpointSliceSnapshot> slices) {
    List<Frontend> frontends =
        config.frontends().stream()
            .map(
                frontend ->
                    new Frontend(
                        frontend.name(),
                        frontend.port(),
                        frontend.protocol(),
                        endpoints(frontend, slices)))
            .toList();
    return new VirtualServer(
        config.id(), config.generation(), addresses, frontends, config.policy(), here);
  }

  /**
   * Those of the port's name, whatever number each slice has for it. A Pod may be in two slices
   * while it moves between them: it counts once, by the conditions that let it do more.
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
