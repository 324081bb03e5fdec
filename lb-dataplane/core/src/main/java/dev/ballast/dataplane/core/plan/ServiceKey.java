package dev.ballast.dataplane.core.plan;

/** Names a Service, and the LoadBalancer of the same name. */
public record ServiceKey(String namespace, String name) {

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
