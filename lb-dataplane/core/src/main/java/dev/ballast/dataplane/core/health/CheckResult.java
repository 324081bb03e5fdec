package dev.ballast.dataplane.core.health;

/** The outcome of one check. */
public sealed interface CheckResult {

  /** The backend accepted a connection. */
  record Passed() implements CheckResult {}

  /**
   * It did not.
   *
   * @param why for a person, such as "connection refused"
   */
  record Failed(String why) implements CheckResult {}
}
