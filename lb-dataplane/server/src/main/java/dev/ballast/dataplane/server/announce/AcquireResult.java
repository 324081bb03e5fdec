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
   * The node does not answer for the address.
   *
   * @param message for a person: what happened, why, what to do
   */
  record AcquireRejected(RejectionReason reason, String message) implements AcquireResult {}

  /** Why a node cannot take an address. */
  enum RejectionReason {

    /** Another machine has the address. */
    ADDRESS_IN_USE("AddressInUse"),

    /** It is the network, broadcast or gateway address of the LAN. */
    ADDRESS_UNUSABLE("AddressUnusable"),

    /** IPv6 is disabled on this node. */
    IPV6_DISABLED("IPv6Disabled"),

    /** The process lacks a capability. */
    PERMISSION_DENIED("PermissionDenied"),

    /** The kernel rejects the local route. */
    ROUTE_REFUSED("RouteRefused"),

    /** The frames that announce the address cannot be sent. */
    ANNOUNCEMENT_FAILED("AnnouncementFailed");

    private final String text;

    RejectionReason(String text) {
      this.text = text;
    }

    /** In CamelCase, as conditions and logs have it. */
    @Override
    public String toString() {
      return text;
    }
  }
}
