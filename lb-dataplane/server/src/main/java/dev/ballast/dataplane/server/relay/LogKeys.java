package dev.ballast.dataplane.server.relay;

/** Keys of structured log lines. */
final class LogKeys {

  static final String SERVICE = "service";
  static final String FRONTEND = "frontend";
  static final String ENDPOINT = "endpoint";

  private LogKeys() {}
}
