package dev.ballast.operator.service.status;

/**
 * Reasons of the conditions that the operator sets on a Service, and of its Events: an Event has
 * the reason of the condition that it reports. The reference documentation is generated from this
 * list, so that every reason has a meaning and a remedy.
 */
public enum ServiceConditionReason {
  ADDRESS_ASSIGNED(
      ServiceConditionType.ALLOCATED,
      true,
      "AddressAssigned",
      "The Service has every address that it requests.",
      "No action is needed."),
  ADDRESS_ORPHANED(
      ServiceConditionType.ALLOCATED,
      true,
      "AddressOrphaned",
      "The Service keeps an address that no AddressPool contains.",
      "To move the Service to another address, annotate it with ballast.dev/readdress=true. To keep the address, add it to a pool."),
  ANNOTATION_IGNORED(
      ServiceConditionType.ALLOCATED,
      true,
      "AnnotationIgnored",
      "The Service has its addresses, but an annotation of it or of its namespace has an invalid value. The default applies.",
      "Correct the annotation that the message names."),
  NO_POOL(
      ServiceConditionType.ALLOCATED,
      false,
      "NoPool",
      "No AddressPool, or not the requested one, contains addresses of the IP family.",
      "Create a pool with addresses of that family, or add some to an existing pool."),
  POOL_EXHAUSTED(
      ServiceConditionType.ALLOCATED,
      false,
      "PoolExhausted",
      "Every address of the pools is allocated.",
      "Add addresses to a pool, or delete a Service that needs no address. `kubectl get addresses` lists the allocations."),
  NO_ELIGIBLE_POOL(
      ServiceConditionType.ALLOCATED,
      false,
      "NoEligiblePool",
      "Pools exist, but none of them is eligible. Each pool has a selector that does not match, is only for Services that request it, or is disabled or full.",
      "Change the labels of the Service or of its namespace, request the pool with ballast.dev/pool, or create a pool."),
  QUOTA_REACHED(
      ServiceConditionType.ALLOCATED,
      false,
      "QuotaReached",
      "The namespace has as many addresses of the pool as spec.namespaceQuota allows.",
      "Delete a Service or a retained Address of the namespace, or raise the quota."),
  UNKNOWN_POOL(
      ServiceConditionType.ALLOCATED,
      false,
      "UnknownPool",
      "The AddressPool that the Service requests does not exist, or its spec is invalid.",
      "Create or correct the pool, or name another one in ballast.dev/pool."),
  NOT_IN_POOL(
      ServiceConditionType.ALLOCATED,
      false,
      "AddressNotInPool",
      "No AddressPool, or not the requested one, contains the requested address.",
      "Request an address that a pool contains, or add this one to a pool."),
  ADDRESS_EXCLUDED(
      ServiceConditionType.ALLOCATED,
      false,
      "AddressExcluded",
      "A pool contains the requested address but does not allocate it. The message names the rule.",
      "Request another address, or change the rule."),
  ADDRESS_RESERVED(
      ServiceConditionType.ALLOCATED,
      false,
      "AddressReserved",
      "The requested address is reserved for another Service or namespace.",
      "Request another address, or delete the Address object that reserves it."),
  ADDRESS_NOT_RELEASED(
      ServiceConditionType.ALLOCATED,
      false,
      "AddressNotReleased",
      "The address is reserved for this Service, but an earlier Service of the same name has not released it yet.",
      "Wait until the earlier Service is gone. The address is assigned then."),
  ADDRESS_TAKEN(
      ServiceConditionType.ALLOCATED,
      false,
      "AddressTaken",
      "The requested address is allocated to another Service, or reserved by an Address without a claim.",
      "Request another address, delete the other Service or the Address, or let both Services share the address with ballast.dev/sharing-key."),
  PORT_TAKEN(
      ServiceConditionType.ALLOCATED,
      false,
      "PortTaken",
      "Another Service uses the same port and protocol on the shared address. It is also the error of such a port in status.loadBalancer.",
      "Change the port of one of the Services, or request another address."),
  INVALID_REQUEST(
      ServiceConditionType.ALLOCATED,
      false,
      "InvalidRequest",
      "The requested address cannot be parsed, has a family that the Service does not have, or contradicts another annotation.",
      "Correct the annotation or spec.loadBalancerIP, whichever the message names."),
  NODE_ANNOUNCES(
      ServiceConditionType.ANNOUNCED,
      true,
      "Announced",
      "A node announces every address of the Service.",
      "No action is needed."),
  WAITING_FOR_DATA_PLANE(
      ServiceConditionType.ANNOUNCED,
      false,
      "WaitingForDataPlane",
      "The Service has its addresses, but no node has reported that it announces them.",
      "Check that a data plane Pod is Ready: `kubectl get pods -A -l app.kubernetes.io/name=ballast`."),
  UNREACHABLE(
      ServiceConditionType.ANNOUNCED,
      false,
      "Unreachable",
      "A node announces the address, but another node gets no answer from it. The address stays published.",
      "Follow the message. Most often, a firewall of the node drops the connections."),
  ADDRESS_IN_USE(
      ServiceConditionType.CONFLICT,
      true,
      "AddressInUse",
      "Another machine answers for an address of the Service, or the LAN does not allow a node to use it. A published address stays. An unpublished one is replaced, and only an Event reports that.",
      "Change the address of the other machine, or exclude the address from the pool with spec.exclude."),
  CONNECTIONS_REJECTED(
      ServiceConditionType.LIMITED,
      true,
      "ConnectionsRejected",
      "A node rejects new connections to the Service, because a limit of the Service or of the node is reached. Open connections continue. The message names the limit.",
      "Follow the message. The LoadBalancer's Limited condition lists what to do for each limit."),
  PORT_ERROR(
      ServiceConditionType.PORTS_ERROR,
      true,
      "PortError",
      "At least one port of the Service cannot be served. The other ports work.",
      "Follow the message of the port. `kubectl describe loadbalancer NAME` shows the report of each node.");

  private final ServiceConditionType type;
  private final boolean status;
  private final String reason;
  private final String meaning;
  private final String remedy;

  ServiceConditionReason(
      ServiceConditionType type, boolean status, String reason, String meaning, String remedy) {
    this.type = type;
    this.status = status;
    this.reason = reason;
    this.meaning = meaning;
    this.remedy = remedy;
  }

  /** The condition that has this reason. */
  public ServiceConditionType type() {
    return type;
  }

  /** The status of the condition that has this reason: true stands for {@code True}. */
  public boolean status() {
    return status;
  }

  /** The reason as conditions and Events have it. */
  public String reason() {
    return reason;
  }

  /** What happened, in a line for the documentation. */
  public String meaning() {
    return meaning;
  }

  /** What to do, in a line for the documentation. */
  public String remedy() {
    return remedy;
  }

  /** Type of the Event that reports it: {@code Normal} or {@code Warning}. */
  public String eventType() {
    return type.isGood(status) ? "Normal" : "Warning";
  }
}
