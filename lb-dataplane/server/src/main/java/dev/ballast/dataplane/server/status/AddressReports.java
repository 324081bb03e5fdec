package dev.ballast.dataplane.server.status;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.dataplane.core.plan.ServiceKey;
import io.netty.util.NetUtil;
import java.net.InetAddress;

/** What a node reports on an address that it does not try to announce. */
final class AddressReports {

  static AddressReport offLink(String self, InetAddress address) {
    return new AddressReport(
        NetUtil.toAddressString(address),
        LoadBalancerReason.NOT_ON_LINK.reason(),
        "Node %s has no network interface in the subnet of the address. Another node announces it, if one has such an interface."
            .formatted(self));
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

  static boolean isNotGranted(AddressReport report) {
    return report.reason().equals(LoadBalancerReason.ADDRESS_NOT_GRANTED.reason());
  }

  private AddressReports() {}
}
