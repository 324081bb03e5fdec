package dev.ballast.operator.service;

/**
 * Condition types and reasons on a Service; an Event has the reason of the condition it tells of.
 */
final class ServiceConditions {

  static final String ALLOCATED = "ballast.dev/Allocated";
  static final String ANNOUNCED = "ballast.dev/Announced";

  /** True while another machine answers for a published address. */
  static final String CONFLICT = "ballast.dev/Conflict";

  /** {@code LoadBalancerPortsError} of the Service API (KEP-1435). */
  static final String PORTS_ERROR = "LoadBalancerPortsError";

  static final String ADDRESS_ASSIGNED = "AddressAssigned";
  static final String ADDRESS_IN_USE = "AddressInUse";
  static final String ADDRESS_ORPHANED = "AddressOrphaned";
  static final String ANNOTATION_IGNORED = "AnnotationIgnored";
  static final String NO_POOL = "NoPool";
  static final String POOL_EXHAUSTED = "PoolExhausted";
  static final String POOL_RULES = "PoolRules";
  static final String QUOTA_REACHED = "QuotaReached";
  static final String UNKNOWN_POOL = "UnknownPool";
  static final String NOT_IN_POOL = "AddressNotInPool";
  static final String ADDRESS_WITHHELD = "AddressWithheld";
  static final String ADDRESS_RESERVED = "AddressReserved";
  static final String ADDRESS_NOT_RELEASED = "AddressNotReleased";
  static final String ADDRESS_TAKEN = "AddressTaken";
  static final String PORT_TAKEN = "PortTaken";
  static final String INVALID_REQUEST = "InvalidRequest";
  static final String NODE_ANNOUNCES = "Announced";
  static final String WAITING_FOR_DATA_PLANE = "WaitingForDataPlane";
  static final String PORT_ERROR = "PortError";

  private ServiceConditions() {}
}
