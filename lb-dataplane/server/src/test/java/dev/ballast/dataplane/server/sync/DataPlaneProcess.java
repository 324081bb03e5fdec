package dev.ballast.dataplane.server.sync;

import dev.ballast.dataplane.core.endpoint.NodeLocality;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.cluster.EndpointSliceSnapshot;
import dev.ballast.dataplane.server.cluster.LoadBalancerConfig;
import dev.ballast.dataplane.server.cluster.TestObjects;
import dev.ballast.dataplane.server.relay.Relay;
import dev.ballast.dataplane.server.steering.Steering;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A node without an API server: parses objects, opens listeners, and then acquires addresses.
 * Behind every Service is {@code 198.18.200.3:8080}, {@code [2001:db8:200::3]:8080}, or both.
 */
final class DataPlaneProcess {

  public static void main(String[] args) throws Exception {
    EndpointSlice ipv4 = TestObjects.slice("default", "any", "ipv4", "198.18.200.3");
    EndpointSlice ipv6 = TestObjects.slice("default", "any", "ipv6", "2001:db8:200::3");
    Map<ServiceKey, List<EndpointSliceSnapshot>> slices = new HashMap<>();
    List<LoadBalancerConfig> configs =
        List.of(
            loadBalancer(slices, "dual-4", "198.18.200.74", ipv4, ipv6),
            loadBalancer(slices, "dual-6", "2001:db8:200::76", ipv4, ipv6),
            loadBalancer(slices, "only-4", "2001:db8:200::77", ipv4),
            loadBalancer(slices, "only-6", "198.18.200.78", ipv6));
    Map<ServiceKey, List<InetAddress>> owned = new HashMap<>();
    configs.forEach(config -> owned.put(config.id(), config.addresses()));
    DesiredState desiredState =
        DesiredState.of(
            configs,
            owned,
            new NodeLocality("n1", ""),
            TestObjects.ANY_ENDPOINT,
            id -> Optional.ofNullable(slices.get(id)));
    Relay relay =
        Relay.on(
            Vertx.vertx(new VertxOptions().setPreferNativeTransport(true)),
            new SimpleMeterRegistry());
    relay.apply(desiredState.servers()).toCompletableFuture().get();
    Announcer announcer = Announcer.kernel(Optional.empty(), Duration.ZERO, Steering.none());
    for (InetAddress address : desiredState.addresses()) {
      System.out.println(address.getHostAddress() + " " + announcer.acquire(address, true));
    }
    System.out.println("serving");
  }

  private static LoadBalancerConfig loadBalancer(
      Map<ServiceKey, List<EndpointSliceSnapshot>> all,
      String name,
      String address,
      EndpointSlice... slices) {
    LoadBalancerConfig config =
        TestObjects.parse(TestObjects.loadBalancer("default", name, address), "n1");
    all.put(config.id(), Stream.of(slices).map(s -> TestObjects.parse(config.id(), s)).toList());
    return config;
  }

  private DataPlaneProcess() {}
}
