package dev.ballast.dataplane.server.announce;

/** The result of acquiring an address. */
public sealed interface AcquireResult {

  /** This node announces the address. */
  record Acquired() implements AcquireResult {}

  /**
   * This node announces the address, and a machine that is not a cluster node uses it too.
   *
   * @param message for a person: what happened, why, what to do
   */
  record AcquiredWithConflict(String message) implements AcquireResult {}

  /** A probe is running: whether another machine uses the address is not known yet. */
  record Probing() implements AcquireResult {}

  /**
   * This node does not announce the address.
   *
   * @param message for a person: what happened, why, what to do
   */
  record AcquireRejected(RejectionReason reason, String message) implements AcquireResult {}

  /** Why a node cannot take an address. */
  enum RejectionReason {

    /** Another machine has the address, or this node by other means. */
    ADDRESS_IN_USE("AddressInUse"),

    /** It is the network, broadcast or gateway address of the LAN. */
    ADDRESS_UNUSABLE("AddressUnusable"),

    /** No interface of this node that is up has the subnet of the address. */
    NOT_ON_LINK("NotOnLink"),

    /** The kernel would drop every packet for the address that comes from its own subnet. */
    REVERSE_PATH_FILTER("ReversePathFilter"),

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
