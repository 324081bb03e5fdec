package dev.ballast.dataplane.server.steering;

/** Which modes an administrator allows: BALLAST_STEERING. */
public enum SteeringSetting {

  /** {@link SteeringMode#TPROXY} if the kernel has it, otherwise {@link SteeringMode#BIND}. */
  AUTO,

  /** As {@link #AUTO}; a process that gets another mode than {@link SteeringMode#TPROXY} ends. */
  TPROXY,

  /** {@link SteeringMode#BIND}. */
  BIND
}
