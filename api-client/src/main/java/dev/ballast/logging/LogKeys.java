package dev.ballast.logging;

/** The keys of structured log lines. The operator and the data plane use the same ones. */
public final class LogKeys {

  /** A Service, as {@code namespace/name}. */
  public static final String SERVICE = "service";

  /** A load balancer's IP address. */
  public static final String ADDRESS = "address";

  /** An AddressPool. */
  public static final String POOL = "pool";

  /** A Node. */
  public static final String NODE = "node";

  /** A condition's reason, in CamelCase. */
  public static final String REASON = "reason";

  /** The error that caused a failure, in words. */
  public static final String CAUSE = "cause";

  /** A replica of the operator. */
  public static final String INSTANCE = "instance";

  /** The replica of the operator that is the leader. */
  public static final String LEADER = "leader";

  /** A Deployment. */
  public static final String DEPLOYMENT = "deployment";

  /** A Secret. */
  public static final String SECRET = "secret";

  /** The port of the probes and metrics. */
  public static final String ADMIN_PORT = "adminPort";

  /** Objects that are not released yet. */
  public static final String REMAINING = "remaining";

  /** A listener: address, port and protocol. */
  public static final String FRONTEND = "frontend";

  /** A backend: address and port. */
  public static final String ENDPOINT = "endpoint";

  private LogKeys() {}
}
