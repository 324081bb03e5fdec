package dev.ballast.operator.address;

import dev.ballast.api.v1alpha1.AddressReport;

/**
 * Reasons of the conditions that the operator sets on an Address. The reference documentation is
 * generated from this list, so that every reason has a meaning and a remedy.
 */
public enum AddressConditionReason {
  HELD_OUTSIDE_OF_POOLS(
      AddressConditionType.ORPHANED,
      true,
      "HeldOutsideOfPools",
      "A Service holds the address, but no AddressPool contains it. The Service keeps it.",
      "To keep the address, add it to a pool. To move the Service, annotate it with ballast.dev/readdress=true."),
  NOT_IN_POOL(
      AddressConditionType.ORPHANED,
      true,
      "NotInPool",
      "The address is reserved, but no AddressPool contains it. It cannot be assigned.",
      "Add the address to a pool, or delete the Address."),
  ADDRESS_IN_USE(
      AddressConditionType.CONFLICT,
      true,
      AddressReport.IN_USE,
      "Another machine of the LAN uses the address. It is not assigned for some minutes, unless a Service requests it.",
      "Change the address of the other machine, or exclude the address from its pool with spec.exclude.");

  private final AddressConditionType type;
  private final boolean status;
  private final String reason;
  private final String meaning;
  private final String remedy;

  AddressConditionReason(
      AddressConditionType type, boolean status, String reason, String meaning, String remedy) {
    this.type = type;
    this.status = status;
    this.reason = reason;
    this.meaning = meaning;
    this.remedy = remedy;
  }

  /** The condition that has this reason. */
  public AddressConditionType type() {
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
