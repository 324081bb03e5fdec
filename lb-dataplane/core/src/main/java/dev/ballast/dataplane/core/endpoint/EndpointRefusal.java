package dev.ballast.dataplane.core.endpoint;

/** Why an endpoint gets no connections, although an EndpointSlice lists it. */
public enum EndpointRefusal {
  /** It is an address of a load balancer: connections could go in circles. */
  LOAD_BALANCER_ADDRESS("LoadBalancerAddress"),

  /** It is loopback, link-local, multicast, broadcast or unspecified. */
  SPECIAL_ADDRESS("SpecialAddress"),

  /** It is the address of a node, and the endpoint names no Pod of the Service's namespace. */
  NODE_ADDRESS("NodeAddress"),

  /** It names no Pod of the Service's namespace, and only Pods are allowed. */
  NO_POD("NoPod");

  private final String text;

  EndpointRefusal(String text) {
    this.text = text;
  }

  /** In CamelCase, as logs have it. */
  @Override
  public String toString() {
    return text;
  }
}
