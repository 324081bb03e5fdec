package dev.ballast.dataplane.server.announce;

import dev.ballast.dataplane.core.address.AnnouncePolicy;
import dev.ballast.dataplane.server.announce.AcquireResult.AcquireRejected;
import dev.ballast.dataplane.server.announce.AcquireResult.RejectionReason;
import dev.ballast.dataplane.server.socket.ErrnoException;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Optional;

/**
 * What a person reads about an address that this node cannot take: what happened, why, what to do.
 */
final class RejectionMessages {

  /** What {@link Announcer#acquire} returns for an address that was acquired before. */
  static AcquireResult acquired(Optional<String> conflictingMac) {
    return conflictingMac
        .<AcquireResult>map(mac -> new AcquireResult.AcquiredWithConflict(conflict(mac)))
        .orElseGet(AcquireResult.Acquired::new);
  }

  private static String conflict(String mac) {
    return "also used by %s. That machine is not a cluster node, and some clients may reach it. Remove the address from that machine, or move the Service to another address."
        .formatted(mac);
  }

  /**
   * @param node its name; empty: the machine is not a cluster node
   */
  static AcquireRejected inUse(String mac, Optional<String> node) {
    return new AcquireRejected(
        RejectionReason.ADDRESS_IN_USE,
        node.map(
                name ->
                    "already in use by node %s (%s). Another program on that node has the address, such as kube-vip or keepalived. Remove the address from the node, or exclude the address from the pool (spec.exclude)."
                        .formatted(name, mac))
            .orElseGet(
                () ->
                    "already in use by %s. That machine is not a cluster node. Remove the address from it, or exclude the address from the pool (spec.exclude)."
                        .formatted(mac)));
  }

  static AcquireRejected inUseByInterface(String interfaceName) {
    return new AcquireRejected(
        RejectionReason.ADDRESS_IN_USE,
        "already in use by this node, as an address of the interface %s. It belongs to the node, or to a program such as kube-vip or keepalived. Remove the address from the interface, or exclude the address from the pool (spec.exclude)."
            .formatted(interfaceName));
  }

  static AcquireRejected inUseByRoute(InetAddress address) {
    return new AcquireRejected(
        RejectionReason.ADDRESS_IN_USE,
        "already in use by this node, because another program has made the address local by a route. Remove the route (ip route del local %s table local), or exclude the address from the pool (spec.exclude)."
            .formatted(address.getHostAddress()));
  }

  static AcquireRejected unusable(String why) {
    return new AcquireRejected(
        RejectionReason.ADDRESS_UNUSABLE, why + ". Exclude it from the pool (spec.exclude).");
  }

  static AcquireRejected ipv6Disabled() {
    return new AcquireRejected(
        RejectionReason.IPV6_DISABLED,
        "IPv6 is disabled on this node. Enable it (sysctl net.ipv6.conf.all.disable_ipv6=0), or give the Service no IPv6 address.");
  }

  static String notOnLink(InetAddress address, AnnouncePolicy policy) {
    return policy.restrictsInterfaces()
        ? "no interface of this node that spec.announce.interfaces (%s) of the AddressPool %s allows has the subnet of %s. Add the interface to the pool, or give an allowed one an address of the subnet."
            .formatted(
                String.join(", ", policy.interfaces()), policy.pool(), address.getHostAddress())
        : notOnLink(address);
  }

  private static String notOnLink(InetAddress address) {
    return "no interface of this node has the subnet of %s. Clients of that subnet therefore cannot reach the address here. Give an interface an address of the subnet, or set the Helm value dataplane.interface (BALLAST_INTERFACE) to the interface to use."
        .formatted(address.getHostAddress());
  }

  static String interfaceDown(InetAddress address, String interfaceName) {
    return "the interface %s has the subnet of %s, but it is down or has no carrier. Check the interface and its cable."
        .formatted(interfaceName, address.getHostAddress());
  }

  static String configuredInterfaceNotSelected(String interfaceName, AnnouncePolicy policy) {
    return "this node announces by the interface %s only, which the Helm value dataplane.interface (BALLAST_INTERFACE) names. spec.announce.interfaces (%s) of the AddressPool %s does not allow it. Add the interface to the pool, or remove the value."
        .formatted(interfaceName, String.join(", ", policy.interfaces()), policy.pool());
  }

  static String configuredInterfaceMissing(String interfaceName) {
    return "this node has no Ethernet interface %s with an address. The Helm value dataplane.interface (BALLAST_INTERFACE) names it. Correct the value, or set up the interface."
        .formatted(interfaceName);
  }

  static String configuredInterfaceDown(String interfaceName) {
    return "the interface %s is down or has no carrier. The Helm value dataplane.interface (BALLAST_INTERFACE) names it. Check the interface and its cable, or correct the value."
        .formatted(interfaceName);
  }

  static String reversePathFilter(InetAddress address, String chosen, String routed) {
    return "the kernel would drop the packets for %1$s. They come in by %2$s, but this node sends to that subnet by %3$s, and the reverse path filter of %2$s is strict. Set net.ipv4.conf.%2$s.rp_filter=2, or the Helm value dataplane.interface (BALLAST_INTERFACE) to %3$s."
        .formatted(address.getHostAddress(), chosen, routed);
  }

  /**
   * @param action that the kernel rejects
   * @param capability that it needs
   */
  static AcquireRejected of(
      IOException e, RejectionReason reason, String action, String capability) {
    return e instanceof ErrnoException errno && errno.isPermission()
        ? new AcquireRejected(
            RejectionReason.PERMISSION_DENIED,
            "cannot %s. The process lacks the capability %s. Add it to the container's securityContext. The kernel says: %s."
                .formatted(action, capability, e.getMessage()))
        : new AcquireRejected(reason, "cannot %s: %s".formatted(action, e.getMessage()));
  }

  /** Empty if the probe found nothing. */
  static Optional<AcquireResult> ofProbe(ConflictTable.ProbeResult found) {
    return switch (found) {
      case ConflictTable.ProbeResult.ProbeRunning() -> Optional.of(new AcquireResult.Probing());
      case ConflictTable.ProbeResult.AddressFree() -> Optional.empty();
      case ConflictTable.ProbeResult.AddressInUse(String mac, Optional<String> node) ->
          Optional.of(inUse(mac, node));
      case ConflictTable.ProbeResult.AddressUnusable(String message) ->
          Optional.of(unusable(message));
    };
  }

  private RejectionMessages() {}
}
