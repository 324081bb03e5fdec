package dev.ballast.operator.pool;

/** Types of the conditions that the operator sets on an AddressPool. */
public enum PoolConditionType {
  READY("Ready", "Says whether the pool assigns addresses."),
  IN_USE("InUse", "Exists only while the pool is being deleted, and says what it waits for."),
  OVERLAPPING(
      "Overlapping",
      "Exists only while another pool or the cluster itself uses addresses of the pool."),
  CONFLICT("Conflict", "Exists only while other machines of the LAN use addresses of the pool."),
  ANNOUNCEABLE(
      "Announceable",
      "Exists only if spec.announce.nodeSelector is set, and says whether a node matches it.");

  private final String type;
  private final String meaning;

  PoolConditionType(String type, String meaning) {
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
