package dev.ballast.dataplane.server.announce;

/** How it went to take an address. */
public sealed interface AcquireResult {

  /** The node answers for the address. */
  record Acquired() implements AcquireResult {}

  /**
   * It does, and so does a machine that is none of the cluster's.
   *
   * @param message for a person: what happened, why, what to do
   */
  record AcquiredWithConflict(String message) implements AcquireResult {}

  /** It is not known yet whether another machine has the address. */
  record Probing() implements AcquireResult {}

  /**
   * It does not.
   *
   * @param reason in CamelCase, for machines
   * @param message for a person: what happened, why, what to do
   */
  record AcquireRejected(String reason, String message) implements AcquireResult {

    /** Another machine has the address. */
    public static final String IN_USE = "AddressInUse";

    /** It is the network, broadcast or gateway address of the LAN. */
    public static final String UNUSABLE = "AddressUnusable";
  }
}
