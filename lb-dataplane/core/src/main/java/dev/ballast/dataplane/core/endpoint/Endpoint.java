package dev.ballast.dataplane.core.endpoint;

import java.net.InetAddress;

/**
 * A backend: an address and port of a Pod, or of whatever a hand-written EndpointSlice names.
 *
 * @param pod name of the Pod, empty when there is none
 * @param node name of its node, empty when unknown
 */
public record Endpoint(
    InetAddress address,
    int port,
    String pod,
    String node,
    EndpointConditions conditions,
    TopologyHints hints) {

  /** An endpoint's conditions, absent ones resolved as KEP-1672 has it. */
  public record EndpointConditions(boolean ready, boolean serving, boolean terminating) {}
}
