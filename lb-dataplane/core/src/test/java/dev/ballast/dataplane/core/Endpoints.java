package dev.ballast.dataplane.core;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.endpoint.Endpoint.EndpointConditions;
import dev.ballast.dataplane.core.endpoint.TopologyHints;
import java.net.InetAddress;
import java.util.List;
import java.util.stream.IntStream;

/** Endpoints for tests. */
public final class Endpoints {

  public static final EndpointConditions READY = new EndpointConditions(true, true, false);
  public static final EndpointConditions NOT_READY = new EndpointConditions(false, false, false);
  public static final EndpointConditions SERVING_WHILE_TERMINATING =
      new EndpointConditions(false, true, true);
  public static final EndpointConditions TERMINATING = new EndpointConditions(false, false, true);

  private Endpoints() {}

  public static Endpoint endpoint(int number, EndpointConditions conditions) {
    InetAddress address = address("10.0." + (number >> 8) + "." + (number & 0xff));
    return new Endpoint(address, 8080, "pod-" + number, "node", conditions, TopologyHints.NONE);
  }

  /** Ready endpoints numbered from 0. */
  public static List<Endpoint> ready(int count) {
    return IntStream.range(0, count).mapToObj(number -> endpoint(number, READY)).toList();
  }

  public static InetAddress address(String literal) {
    return InetAddress.ofLiteral(literal);
  }

  /** The IPv4 address of these 32 bits. */
  public static InetAddress address(int bits) {
    return address(
        ((bits >>> 24) & 0xff)
            + "."
            + ((bits >>> 16) & 0xff)
            + "."
            + ((bits >>> 8) & 0xff)
            + "."
            + (bits & 0xff));
  }
}
