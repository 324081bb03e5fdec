package dev.ballast.dataplane.server.announce;

/** How it went to take an address. */
public sealed interface Taken {

  /** The node answers for the address. */
  record Held() implements Taken {}

  /**
   * It does not.
   *
   * @param reason in CamelCase, for machines
   * @param message for a person: what happened, why, what to do
   */
  record Refused(String reason, String message) implements Taken {}
}
