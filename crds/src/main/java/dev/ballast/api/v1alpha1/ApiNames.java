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

  /**
   * Annotation of a Service or of its namespace: the time without data after which a TCP connection
   * is closed, such as {@code 24h}. From one second to 168 hours.
   */
  public static final String IDLE_TIMEOUT_ANNOTATION = "ballast.dev/idle-timeout";

  /**
   * Annotation of a Service or of its namespace: the time that a backend has to accept a
   * connection, such as {@code 500ms}. From 10 milliseconds to 10 minutes.
   */
  public static final String CONNECT_TIMEOUT_ANNOTATION = "ballast.dev/connect-timeout";

  /**
   * Annotation of a Service or of its namespace: the time without a datagram after which a UDP flow
   * ends, such as {@code 3m}. From one second to 24 hours.
   */
  public static final String UDP_IDLE_TIMEOUT_ANNOTATION = "ballast.dev/udp-idle-timeout";

  /**
   * Annotation of a Service or of its namespace: the maximum number of open connections and UDP
   * flows on each node, or {@code unlimited}.
   */
  public static final String MAX_CONNECTIONS_ANNOTATION = "ballast.dev/max-connections";

  /**
   * Annotation of a Service or of its namespace: the maximum number of new connections and UDP
   * flows in a second on each node, or {@code unlimited}.
   */
  public static final String MAX_NEW_CONNECTIONS_PER_SECOND_ANNOTATION =
      "ballast.dev/max-new-connections-per-second";

  /**
   * Annotation of a Service or of its namespace: the maximum number of open connections and UDP
   * flows of one client address on each node, or {@code unlimited}.
   */
  public static final String MAX_CONNECTIONS_PER_CLIENT_ANNOTATION =
      "ballast.dev/max-connections-per-client";

  /**
   * Annotation of a Service or of its namespace: the maximum number of open connections and UDP
   * flows to one endpoint of a port on each node, or {@code unlimited}.
   */
  public static final String MAX_CONNECTIONS_PER_BACKEND_ANNOTATION =
      "ballast.dev/max-connections-per-backend";

  private ApiNames() {}
}
