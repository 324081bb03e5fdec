package dev.ballast.operator.pool;

import dev.ballast.api.v1alpha1.AddressReport;

/**
 * Reasons of the conditions that the operator sets on an AddressPool. The reference documentation
 * is generated from this list, so that every reason has a meaning and a remedy.
 */
public enum PoolConditionReason {
  USABLE(
      PoolConditionType.READY,
      true,
      "Usable",
      "The pool has free addresses and assigns them.",
      "No action is needed."),
  EXHAUSTED(
      PoolConditionType.READY,
      false,
      "Exhausted",
      "Every address of the pool is in use.",
      "Add addresses to spec.addresses, or delete Services that need none."),
  EMPTY(
      PoolConditionType.READY,
      false,
      "Empty",
      "The pool has no address to assign. Each one is excluded, avoided, used by a node, or assigned by another pool.",
      "Add other addresses to spec.addresses, or remove entries from spec.exclude."),
  DISABLED(
      PoolConditionType.READY,
      false,
      "Disabled",
      "spec.disabled is true. Services keep their addresses, but the pool assigns no more.",
      "Set spec.disabled to false to use the pool again."),
  MALFORMED(
      PoolConditionType.READY,
      false,
      "Malformed",
      "The spec is invalid. Services keep their addresses, but the pool assigns no more.",
      "Correct the field that the message names."),
  DELETING(
      PoolConditionType.READY,
      false,
      "Deleting",
      "The pool is being deleted and assigns no more addresses.",
      "Follow the message of the InUse condition. It names what the deletion waits for."),
  WAITING_FOR_SERVICES(
      PoolConditionType.IN_USE,
      true,
      "WaitingForServices",
      "The pool is being deleted, but Services hold addresses that no other pool contains. The message names them.",
      "Delete the Services, or annotate each one with ballast.dev/readdress=true to move it to another pool."),
  UNUSED(
      PoolConditionType.IN_USE,
      false,
      "Unused",
      "The pool is being deleted, and no Service depends on it.",
      "No action is needed."),
  OVERLAP(
      PoolConditionType.OVERLAPPING,
      true,
      "Overlap",
      "Another pool contains addresses of this pool, or they belong to nodes, Pods, Services or a special-purpose range. The message names them.",
      "Change spec.addresses, or exclude the addresses with spec.exclude."),
  ADDRESS_IN_USE(
      PoolConditionType.CONFLICT,
      true,
      AddressReport.IN_USE,
      "Another machine of the LAN uses addresses of the pool. They are not assigned for some minutes. The message names them.",
      "Change the address of the other machine, or exclude the address with spec.exclude."),
  NODES_SELECTED(
      PoolConditionType.ANNOUNCEABLE,
      true,
      "NodesSelected",
      "Nodes match spec.announce.nodeSelector. The message names them.",
      "No action is needed."),
  NO_NODE_SELECTED(
      PoolConditionType.ANNOUNCEABLE,
      false,
      "NoNodeSelected",
      "No node matches spec.announce.nodeSelector. An address stays at the node that announces it, but no node takes one.",
      "Give a node the labels, or correct spec.announce.nodeSelector.");

  private final PoolConditionType type;
  private final boolean status;
  private final String reason;
  private final String meaning;
  private final String remedy;

  PoolConditionReason(
      PoolConditionType type, boolean status, String reason, String meaning, String remedy) {
    this.type = type;
    this.status = status;
    this.reason = reason;
    this.meaning = meaning;
    this.remedy = remedy;
  }

  /** The condition that has this reason. */
  public PoolConditionType type() {
    return type;
  }

  /** The status of the condition that has this reason: true stands for {@code True}. */
  public boolean status() {
    return status;
  }

  /** The reason as the condition has it. */
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
}
