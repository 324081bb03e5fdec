package dev.ballast.dataplane.core.plan;

import dev.ballast.dataplane.core.endpoint.Endpoint;
import java.util.List;

/**
 * One port of a virtual server and what stands behind it.
 *
 * @param name of the Service port, empty when it has none
 */
public record Frontend(String name, int port, Protocol protocol, List<Endpoint> endpoints) {

  public Frontend {
    endpoints = List.copyOf(endpoints);
  }
}
