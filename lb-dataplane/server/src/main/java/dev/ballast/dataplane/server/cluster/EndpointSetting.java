package dev.ballast.dataplane.server.cluster;

/** Which endpoints of a Service may get connections, apart from those that no Service can have. */
public enum EndpointSetting {
  /** Pods, and machines that a manually written EndpointSlice lists. */
  ANY,

  /** Only Pods of the Service's namespace. */
  PODS_ONLY
}
