package dev.ballast.dataplane.core.endpoint;

import java.net.InetAddress;

/**
 * An endpoint of a Service: an address and port of a Pod, or an entry of a manually written
 * EndpointSlice.
 *
 * @param pod name of the Pod in the namespace of the Service, empty when there is none
 * @param node name of its node, empty when unknown
 */
public record Endpoint(
    InetAddress address,
    int port,
    String pod,
    String node,
    EndpointConditions conditions,
    TopologyHints hints) {

  /** The conditions of an endpoint, with the defaults of KEP-1672 for absent ones. */
  public record EndpointConditions(boolean ready, boolean serving, boolean terminating) {}
}
