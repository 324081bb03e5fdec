package dev.ballast.dataplane.core.plan;

/** Namespace and name of a Service, and of its LoadBalancer, which has the same name. */
public record ServiceKey(String namespace, String name) {

  @Override
  public String toString() {
    return namespace + "/" + name;
  }
}
