package dev.ballast.dataplane.server.status;

/** The status of a condition. */
public enum ConditionStatus {
  TRUE("True"),
  FALSE("False"),
  UNKNOWN("Unknown");

  private final String text;

  ConditionStatus(String text) {
    this.text = text;
  }

  /** The status as Kubernetes spells it. */
  @Override
  public String toString() {
    return text;
  }
}
