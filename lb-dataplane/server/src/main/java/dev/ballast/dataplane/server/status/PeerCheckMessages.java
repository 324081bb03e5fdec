package dev.ballast.dataplane.server.status;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.dataplane.core.reachability.CheckResult;
import dev.ballast.dataplane.core.reachability.CheckTarget;
import io.netty.util.NetUtil;
import java.net.Inet4Address;

/** The messages about addresses that another node does not reach. */
public final class PeerCheckMessages {

  /**
   * The report of a node on an address that it does not reach.
   *
   * @param self the node that has checked
   */
  public static AddressReport unreachable(
      String self, CheckTarget target, CheckResult.Cause cause) {
    String address = NetUtil.toAddressString(target.address());
    String protocol = target.address() instanceof Inet4Address ? "ARP" : "Neighbor Discovery";
    String at = "%s at TCP port %d".formatted(address, target.port().orElse(0));
    String message =
        switch (cause) {
          case NO_NEIGHBOR_ANSWER ->
              "Node %s gets no answer to %s for %s, which node %s announces. Check that the network allows several IP addresses at one MAC address."
                  .formatted(self, protocol, address, target.node());
          case NO_CONNECTION_ANSWER ->
              "Node %s gets no answer from %s. Node %s announces the address and answers %s. A firewall of that node, or in the network, probably drops the connection."
                  .formatted(self, at, target.node(), protocol);
          case CONNECTION_REFUSED ->
              "Node %s gets a reset from %s, which node %s announces. A firewall rejects the connection, or another machine uses the address."
                  .formatted(self, at, target.node());
          case PROHIBITED ->
              "Node %s gets an ICMP error from %s, which node %s announces. A firewall rejects the connection."
                  .formatted(self, at, target.node());
        };
    return new AddressReport(address, cause.reason(), message);
  }

  private PeerCheckMessages() {}
}
