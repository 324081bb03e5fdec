package dev.ballast.dataplane.server.status;

import static java.util.stream.Collectors.joining;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.dataplane.core.address.AnnouncePolicy;
import dev.ballast.dataplane.core.plan.ServiceKey;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.util.Set;

/** What a node reports on an address that it does not try to announce. */
final class AddressReports {

  static AddressReport offLink(String self, InetAddress address, AnnouncePolicy policy) {
    return new AddressReport(
        NetUtil.toAddressString(address),
        LoadBalancerReason.NOT_ON_LINK.reason(),
        policy.restrictsInterfaces()
            ? "Node %s has no network interface for the address that spec.announce.interfaces (%s) of the AddressPool %s allows. Another node announces it, if one has such an interface."
                .formatted(self, String.join(", ", policy.interfaces()), policy.pool())
            : "Node %s has no network interface in the subnet of the address. Another node announces it, if one has such an interface."
                .formatted(self));
  }

  /** Names a few nodes only, since every LoadBalancer of the pool has this message. */
  static AddressReport noNodeSelected(InetAddress address, AnnouncePolicy policy) {
    Set<String> nodes = policy.nodes().orElse(Set.of());
    return new AddressReport(
        NetUtil.toAddressString(address),
        LoadBalancerReason.NO_NODE_SELECTED.reason(),
        (nodes.isEmpty()
                ? "No node matches spec.announce.nodeSelector of the AddressPool %s."
                    .formatted(policy.pool())
                : "No node that spec.announce.nodeSelector of the AddressPool %s matches (%s%s) has a Ready data plane."
                    .formatted(
                        policy.pool(),
                        nodes.stream().sorted().limit(3).collect(joining(", ")),
                        nodes.size() > 3 ? ", …" : ""))
            + " Label a node with a Ready data plane, or correct the selector.");
  }

  /**
   * @param cause what happened, why, and what to do
   */
  static AddressReport unable(String self, InetAddress address, String cause) {
    return new AddressReport(
        NetUtil.toAddressString(address),
        AddressReport.CANNOT_ANNOUNCE,
        "Node %s has failed to announce the address. Another node announces it, if one can. %s"
            .formatted(self, cause));
  }

  /** Names no Service that has the address, since it may belong to another tenant. */
  static AddressReport notGranted(ServiceKey service, InetAddress address) {
    String text = NetUtil.toAddressString(address);
    return new AddressReport(
        text,
        LoadBalancerReason.ADDRESS_NOT_GRANTED.reason(),
        "The address is not served. No Address binds it to the Service %s. Request it with the annotation ballast.dev/address, and read the conditions of the Service."
            .formatted(service));
  }

  /** Whether the report also explains why no other node announces the address. */
  static boolean appliesToAllNodes(AddressReport report) {
    return report.reason().equals(LoadBalancerReason.ADDRESS_NOT_GRANTED.reason())
        || isNoNodeSelected(report);
  }

  static boolean isNoNodeSelected(AddressReport report) {
    return report.reason().equals(LoadBalancerReason.NO_NODE_SELECTED.reason());
  }

  private AddressReports() {}
}
