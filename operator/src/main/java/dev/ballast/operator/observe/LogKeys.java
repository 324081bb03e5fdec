package dev.ballast.operator.observe;

/** The keys of log lines, the same ones everywhere. */
public final class LogKeys {

  public static final String SERVICE = "service";
  public static final String ADDRESS = "address";
  public static final String POOL = "pool";
  public static final String NODE = "node";
  public static final String REASON = "reason";

  /** A replica of the operator. */
  public static final String INSTANCE = "instance";

  private LogKeys() {}
}
