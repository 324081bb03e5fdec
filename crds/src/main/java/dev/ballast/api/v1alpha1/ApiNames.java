package dev.ballast.api.v1alpha1;

/** Names that users type and that both sides must spell alike. */
public final class ApiNames {

  public static final String GROUP = "ballast.dev";
  public static final String VERSION = "v1alpha1";

  /** {@code spec.loadBalancerClass} of the Services that are ours (KEP-1959). */
  public static final String LOAD_BALANCER_CLASS = "ballast.dev/proxy";

  /** The finalizer every LoadBalancer Service carries while it holds an address (KEP-980). */
  public static final String SERVICE_FINALIZER = "service.kubernetes.io/load-balancer-cleanup";

  /** Keeps a LoadBalancer until the nodes that served it have let its addresses go. */
  public static final String RELEASE_FINALIZER = "ballast.dev/release";

  /** Keeps an AddressPool until no Service has an address of it that no other pool has. */
  public static final String IN_USE_FINALIZER = "ballast.dev/in-use";

  /**
   * Service annotation: {@code true} lets the Service move from an address that no pool has any
   * more.
   */
  public static final String READDRESS_ANNOTATION = "ballast.dev/readdress";

  /**
   * Service annotation: how a backend is picked, {@code RoundRobin} or {@code LeastConnections}.
   */
  public static final String BALANCING_ANNOTATION = "ballast.dev/balancing";

  /**
   * Service annotation: the addresses wanted, comma-separated, one for each family at most. Takes
   * precedence over the deprecated {@code spec.loadBalancerIP}.
   */
  public static final String ADDRESS_ANNOTATION = "ballast.dev/address";

  /** Service annotation: the name of the AddressPool to take addresses from. */
  public static final String POOL_ANNOTATION = "ballast.dev/pool";

  /**
   * Service annotation: Services of one namespace with the same key may share an address, as long
   * as their ports are disjoint.
   */
  public static final String SHARING_KEY_ANNOTATION = "ballast.dev/sharing-key";

  private ApiNames() {}
}
