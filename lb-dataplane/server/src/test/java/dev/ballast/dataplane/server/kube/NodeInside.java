package dev.ballast.dataplane.server.kube;

import dev.ballast.dataplane.core.endpoint.Place;
import dev.ballast.dataplane.core.plan.ServiceId;
import dev.ballast.dataplane.server.announce.Announcer;
import dev.ballast.dataplane.server.relay.Relay;
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
 * A node without an API server: reads objects, listens, and then takes addresses, as a pass does.
 * Behind every Service is {@code 198.18.200.3:8080}, {@code [2001:db8:200::3]:8080}, or both.
 */
final class NodeInside {

  public static void main(String[] args) throws Exception {
    EndpointSlice ipv4 = Objects.slice("default", "any", "ipv4", "198.18.200.3");
    EndpointSlice ipv6 = Objects.slice("default", "any", "ipv6", "2001:db8:200::3");
    Map<ServiceId, List<Slice>> slices = new HashMap<>();
    List<Program> programs =
        List.of(
            program(slices, "dual-4", "198.18.200.74", ipv4, ipv6),
            program(slices, "dual-6", "2001:db8:200::76", ipv4, ipv6),
            program(slices, "only-4", "2001:db8:200::77", ipv4),
            program(slices, "only-6", "198.18.200.78", ipv6));
    Map<ServiceId, List<InetAddress>> owned = new HashMap<>();
    programs.forEach(program -> owned.put(program.id(), program.addresses()));
    Desired desired =
        Desired.of(programs, owned, new Place("n1", ""), id -> Optional.ofNullable(slices.get(id)));
    Relay relay =
        Relay.on(
            Vertx.vertx(new VertxOptions().setPreferNativeTransport(true)),
            new SimpleMeterRegistry());
    relay.apply(desired.servers()).toCompletableFuture().get();
    Announcer announcer = Announcer.kernel(Optional.empty(), Duration.ZERO);
    for (InetAddress address : desired.addresses()) {
      System.out.println(address.getHostAddress() + " " + announcer.take(address));
    }
    System.out.println("serving");
  }

  private static Program program(
      Map<ServiceId, List<Slice>> all, String name, String address, EndpointSlice... slices) {
    Program program = Programs.read(Objects.loadBalancer("default", name, address), "n1");
    all.put(program.id(), Stream.of(slices).map(s -> SliceReader.read(program.id(), s)).toList());
    return program;
  }

  private NodeInside() {}
}
