package dev.ballast.operator.address;

/** Types of the conditions that the operator sets on an Address. */
public enum AddressConditionType {
  ORPHANED(
      "Orphaned",
      "Exists only while no AddressPool contains the address, or the pool is being deleted."),
  CONFLICT("Conflict", "Exists only while another machine of the LAN uses the address.");

  private final String type;
  private final String meaning;

  AddressConditionType(String type, String meaning) {
    this.type = type;
    this.meaning = meaning;
  }

  /** The type as {@code status.conditions} has it. */
  public String type() {
    return type;
  }

  /** What the condition says, in a line for the documentation. */
  public String meaning() {
    return meaning;
  }
}
