package dev.ballast.dataplane.server.steering;

import dev.ballast.dataplane.server.netlink.NetlinkAttributes;
import dev.ballast.dataplane.server.netlink.NetlinkSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Bridge netfilter (the kernel module br_netfilter): the kernel passes IP packets that a bridge
 * receives through the chains for IP while they are in the bridge. The kernel registers its hooks
 * with the first bridge of the node, and leaves them.
 */
final class BridgeNetfilter {

  private static final Path SETTING = Path.of("/proc/sys/net/bridge/bridge-nf-call-iptables");

  private static final short RTM_GETLINK = 18;
  private static final short REQUEST_DUMP = 0x301;
  private static final int IFINFOMSG = 16;
  private static final int IFLA_LINKINFO = 18;
  private static final int IFLA_INFO_KIND = 1;

  /** Whether the kernel has it, and the node has a bridge. */
  static boolean isActive() throws IOException {
    return Files.exists(SETTING) && hasBridge();
  }

  private static boolean hasBridge() throws IOException {
    var found = new AtomicBoolean();
    try (NetlinkSocket netlink = NetlinkSocket.open(NetlinkSocket.ROUTE)) {
      int size = NetlinkSocket.HEADER + IFINFOMSG;
      ByteBuffer request = ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
      request.putInt(size).putShort(RTM_GETLINK).putShort(REQUEST_DUMP);
      request.putInt(netlink.nextSequence());
      netlink.send(request.array());
      netlink.readReply(
          (type, message) -> {
            if (isBridge(message)) {
              found.set(true);
            }
          });
    }
    return found.get();
  }

  /** Reads a struct ifinfomsg and its attributes. */
  private static boolean isBridge(ByteBuffer message) {
    if (message.limit() < NetlinkSocket.HEADER + IFINFOMSG) {
      return false;
    }
    return NetlinkAttributes.find(message.position(NetlinkSocket.HEADER + IFINFOMSG), IFLA_LINKINFO)
        .flatMap(info -> NetlinkAttributes.find(info, IFLA_INFO_KIND))
        .filter(kind -> StandardCharsets.US_ASCII.decode(kind).toString().equals("bridge\0"))
        .isPresent();
  }

  private BridgeNetfilter() {}
}
