package dev.ballast.dataplane.server.steering;

/** Which {@link SteeringMode} the node is asked for. */
public enum SteeringSetting {

  /** The best mode that the kernel of the node supports. */
  AUTO,

  /** {@link SteeringMode#TPROXY} only. */
  TPROXY,

  /** {@link SteeringMode#BIND}, or {@link SteeringMode#BIND_UNFILTERED} without nftables. */
  BIND
}
