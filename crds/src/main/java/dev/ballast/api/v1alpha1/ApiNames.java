package dev.ballast.api.v1alpha1;

/** Names of the API that users type, and that the operator and the data plane share. */
public final class ApiNames {

  public static final String GROUP = "ballast.dev";
  public static final String VERSION = "v1alpha1";

  /** {@code spec.loadBalancerClass} of the Services that Ballast serves (KEP-1959). */
  public static final String LOAD_BALANCER_CLASS = "ballast.dev/proxy";

  /** Finalizer of a LoadBalancer Service while it has an address (KEP-980). */
  public static final String SERVICE_FINALIZER = "service.kubernetes.io/load-balancer-cleanup";

  /** Finalizer of a LoadBalancer until the nodes that served it have withdrawn its addresses. */
  public static final String RELEASE_FINALIZER = "ballast.dev/release";

  /** Finalizer of an AddressPool while a Service has an address that only this pool contains. */
  public static final String IN_USE_FINALIZER = "ballast.dev/in-use";

  /**
   * Service annotation: {@code true} allows the Service to move from an address that no pool
   * contains.
   */
  public static final String READDRESS_ANNOTATION = "ballast.dev/readdress";

  /**
   * Service annotation: load-balancing algorithm, {@code RoundRobin} or {@code LeastConnections}.
   */
  public static final String BALANCING_ANNOTATION = "ballast.dev/balancing";

  /**
   * Service annotation: the requested addresses, comma-separated, at most one for each family.
   * Takes precedence over the deprecated {@code spec.loadBalancerIP}.
   */
  public static final String ADDRESS_ANNOTATION = "ballast.dev/address";

  /** Service annotation: the name of the AddressPool to allocate addresses from. */
  public static final String POOL_ANNOTATION = "ballast.dev/pool";

  /**
   * Service annotation: Services of one namespace with the same key can share an address, as long
   * as their ports differ.
   */
  public static final String SHARING_KEY_ANNOTATION = "ballast.dev/sharing-key";

  private ApiNames() {}
}
