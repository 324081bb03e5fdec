package dev.ballast.dataplane.server.kube;

import dev.ballast.dataplane.core.endpoint.Availability;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.Place;
import dev.ballast.dataplane.core.plan.Frontend;
import dev.ballast.dataplane.core.plan.ServiceId;
import dev.ballast.dataplane.core.plan.VirtualServer;
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
record Desired(Map<ServiceId, VirtualServer> servers, Set<InetAddress> addresses) {

  static final Desired NOTHING = new Desired(Map.of(), Set.of());

  /** The addresses of each Service that {@code self} owns; Services without any are not in it. */
  static Map<ServiceId, List<InetAddress>> owned(
      Collection<Program> programs, Members members, String self) {
    Map<ServiceId, List<InetAddress>> owned = new HashMap<>();
    for (Program program : programs) {
      List<InetAddress> addresses =
          program.released()
              ? List.of()
              : program.addresses().stream().filter(a -> members.owns(self, a)).toList();
      if (!addresses.isEmpty()) {
        owned.put(program.id(), addresses);
      }
    }
    return owned;
  }

  /** Of the addresses {@code claimed} those that {@code self} is going to take. */
  static List<InetAddress> foretold(
      Set<InetAddress> claimed, Members members, String self, Held held) {
    return claimed.stream().filter(a -> members.owns(self, a) && !held.isTaken(a)).toList();
  }

  /**
   * @param slices of a Service; empty while they are not known, and then the Service waits: a
   *     listener without backends would refuse clients that another moment serves
   */
  static Desired of(
      Collection<Program> programs,
      Map<ServiceId, List<InetAddress>> owned,
      Place here,
      Function<ServiceId, Optional<List<Slice>>> slices) {
    Map<ServiceId, VirtualServer> servers = new HashMap<>();
    Set<InetAddress> addresses = new LinkedHashSet<>();
    for (Program program : programs) {
      List<InetAddress> own = owned.getOrDefault(program.id(), List.of());
      if (own.isEmpty()) {
        continue;
      }
      slices
          .apply(program.id())
          .ifPresent(
              known -> {
                servers.put(program.id(), server(program, own, here, known));
                addresses.addAll(own);
              });
    }
    return new Desired(Map.copyOf(servers), Set.copyOf(addresses));
  }

  private static VirtualServer server(
      Program program, List<InetAddress> addresses, Place here, List<Slice> slices) {
    List<Frontend> frontends =
        program.frontends().stream()
            .map(
                frontend ->
                    new Frontend(
                        frontend.name(),
                        frontend.port(),
                        frontend.protocol(),
                        endpoints(frontend, slices)))
            .toList();
    return new VirtualServer(
        program.id(), program.generation(), addresses, frontends, program.policy(), here);
  }

  /**
   * Those of the port's name, whatever number each slice has for it. A Pod may be in two slices
   * while it moves between them: it counts once, by the conditions that let it do more.
   */
  private static List<Endpoint> endpoints(Frontend frontend, List<Slice> slices) {
    var port = new Slice.Port(frontend.name(), frontend.protocol());
    record Key(InetAddress address, int port) {}
    Map<Key, Endpoint> endpoints = new LinkedHashMap<>();
    for (Slice slice : slices) {
      for (Endpoint endpoint : slice.endpoints().getOrDefault(port, List.of())) {
        endpoints.merge(
            new Key(endpoint.address(), endpoint.port()), endpoint, Desired::moreAvailable);
      }
    }
    return List.copyOf(endpoints.values());
  }

  private static Endpoint moreAvailable(Endpoint one, Endpoint other) {
    return Availability.of(one.conditions()).compareTo(Availability.of(other.conditions())) <= 0
        ? one
        : other;
  }
}
