package dev.ballast.dataplane.core.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.Endpoints;
import dev.ballast.dataplane.core.endpoint.NodeLocality;
import dev.ballast.dataplane.core.plan.ConnectionPolicy.HealthCheckPolicy;
import dev.ballast.dataplane.core.plan.ConnectionPolicy.PickerType;
import dev.ballast.dataplane.core.source.SourceRanges;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Incremental changes have the same result as a full computation after each change. */
class BindingTableModelTest {

  private static final ConnectionPolicy POLICY =
      new ConnectionPolicy(
          PickerType.ROUND_ROBIN,
          Optional.empty(),
          new HealthCheckPolicy(Duration.ofSeconds(2), Duration.ofSeconds(1), 2, 3),
          Duration.ofSeconds(1),
          Duration.ofSeconds(350),
          Duration.ofSeconds(60),
          ConnectionLimits.NONE,
          SourceRanges.UNRESTRICTED);

  /** New versions of a few Services; a Service without addresses is removed. */
  record Turn(Set<Integer> services, Set<Integer> addresses, Set<Integer> ports, int endpoints) {}

  @Provide
  Arbitrary<List<Turn>> turns() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 3).set().ofMinSize(1).ofMaxSize(2),
            Arbitraries.integers().between(1, 2).set().ofMaxSize(2),
            Arbitraries.integers().between(80, 82).set().ofMinSize(1).ofMaxSize(3),
            Arbitraries.integers().between(0, 2))
        .as(Turn::new)
        .list()
        .ofMaxSize(30);
  }

  @Property(tries = 2000)
  void every_binding_has_the_holder_that_a_full_computation_finds(
      @ForAll("turns") List<Turn> turns) {
    // Given
    BindingTable bindingTable = new BindingTable();
    Map<ServiceKey, VirtualServer> desired = new HashMap<>();
    Map<Binding, BindingConfig> running = new HashMap<>();
    Map<Binding, ServiceKey> holders = Map.of();
    for (Turn turn : turns) {
      Map<ServiceKey, VirtualServer> before = Map.copyOf(desired);
      turn.services().forEach(service -> become(desired, service, turn));

      // When
      Set<ServiceKey> touched = new HashSet<>(before.keySet());
      touched.addAll(desired.keySet());
      ListenerPlan plan =
          bindingTable.apply(VirtualServerChanges.between(before, desired, touched));

      // Then
      plan.operations().forEach(operation -> take(operation, running));
      holders = holders(desired, holders);
      Map<Binding, BindingConfig> expected = new HashMap<>();
      holders.forEach((binding, id) -> expected.put(binding, claim(desired.get(id), binding)));
      assertThat(running).isEqualTo(expected);
      assertThat(plan.affectedServices())
          .containsAll(
              plan.operations().stream().map(BindingTableModelTest::serviceOf).distinct().toList());
    }
  }

  private static void become(Map<ServiceKey, VirtualServer> desired, int service, Turn turn) {
    ServiceKey id = new ServiceKey("default", "s" + service);
    if (turn.addresses().isEmpty()) {
      desired.remove(id);
      return;
    }
    List<InetAddress> addresses =
        turn.addresses().stream().map(a -> Endpoints.address("192.0.2." + a)).toList();
    List<Frontend> frontends =
        turn.ports().stream()
            .map(p -> new Frontend("", p, Protocol.TCP, Endpoints.ready(turn.endpoints())))
            .toList();
    desired.put(
        id, new VirtualServer(id, 1, addresses, frontends, POLICY, new NodeLocality("node", "")));
  }

  private static void take(ListenerOperation operation, Map<Binding, BindingConfig> running) {
    switch (operation) {
      case ListenerOperation.Close(var binding, var service) -> {
        BindingConfig closed = running.remove(binding);
        assertThat(closed).isNotNull();
        assertThat(closed.service()).isEqualTo(service);
      }
      case ListenerOperation.Replace(var binding, var config) -> {
        BindingConfig replaced = running.put(binding, config);
        assertThat(replaced).isNotNull();
        assertThat(replaced.service()).isEqualTo(config.service());
      }
      case ListenerOperation.Open(var binding, var config) -> {
        BindingConfig other = running.put(binding, config);
        assertThat(other).isNull();
      }
    }
  }

  private static ServiceKey serviceOf(ListenerOperation operation) {
    return switch (operation) {
      case ListenerOperation.Close(var _, var service) -> service;
      case ListenerOperation.Replace(var _, var config) -> config.service();
      case ListenerOperation.Open(var _, var config) -> config.service();
    };
  }

  /** The holder keeps the binding; else the first Service by name gets it. */
  private static Map<Binding, ServiceKey> holders(
      Map<ServiceKey, VirtualServer> desired, Map<Binding, ServiceKey> before) {
    Map<Binding, ServiceKey> holders = new HashMap<>();
    desired.values().stream()
        .sorted(Comparator.comparing(server -> server.id().name()))
        .forEach(
            server ->
                bindings(server).forEach(binding -> holders.putIfAbsent(binding, server.id())));
    before.forEach(
        (binding, id) -> {
          VirtualServer server = desired.get(id);
          if (server != null && bindings(server).contains(binding)) {
            holders.put(binding, id);
          }
        });
    return holders;
  }

  private static Set<Binding> bindings(VirtualServer server) {
    Set<Binding> bindings = new HashSet<>();
    for (InetAddress address : server.addresses()) {
      for (Frontend frontend : server.frontends()) {
        bindings.add(new Binding(address, frontend.port(), frontend.protocol()));
      }
    }
    return bindings;
  }

  private static BindingConfig claim(VirtualServer server, Binding binding) {
    return server.frontends().stream()
        .filter(frontend -> frontend.port() == binding.port())
        .map(
            f ->
                new BindingConfig(
                    server.id(),
                    f.forAddress(binding.address()),
                    server.policy(),
                    server.locality()))
        .findFirst()
        .orElseThrow();
  }
}
