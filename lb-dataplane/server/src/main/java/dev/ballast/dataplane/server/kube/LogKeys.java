package dev.ballast.dataplane.server.kube;

/** Keys of structured log lines. */
final class LogKeys {

  static final String SERVICE = "service";
  static final String ADDRESS = "address";
  static final String NODE = "node";

  private LogKeys() {}
}
