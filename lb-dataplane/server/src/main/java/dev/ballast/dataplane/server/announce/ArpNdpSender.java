package dev.ballast.dataplane.server.announce;

import dev.ballast.dataplane.server.announce.packet.ArpPacket;
import dev.ballast.dataplane.server.announce.packet.NeighborAdvertisement;
import dev.ballast.dataplane.server.announce.packet.NeighborSolicitation;
import dev.ballast.dataplane.server.socket.PacketSocket;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Sends ARP packets and Neighbor Discovery messages. Opens its socket with the first one, so that a
 * node without addresses needs no CAP_NET_RAW. Not thread-safe.
 */
final class ArpNdpSender implements AutoCloseable {

  private @Nullable PacketSocket socket;

  /**
   * Tells every neighbor that this node has the address: gratuitous ARP, or an unsolicited Neighbor
   * Advertisement.
   */
  void announce(InetAddress address, LanInterface lanInterface) throws IOException {
    if (address instanceof Inet6Address ip) {
      send(NeighborAdvertisement.unsolicited(ip, lanInterface.mac), lanInterface);
    } else if (address instanceof Inet4Address ip) {
      // Some machines learn from requests only (RFC 5227, section 2.3), some from replies only.
      send(ArpPacket.gratuitous(ArpPacket.REQUEST, ip, lanInterface.mac), lanInterface);
      send(ArpPacket.gratuitous(ArpPacket.REPLY, ip, lanInterface.mac), lanInterface);
    }
  }

  /**
   * Asks every neighbor who has the address, without a claim to it (RFC 5227, section 2.1.1; RFC
   * 4862, section 5.4.2).
   */
  void probe(InetAddress address, LanInterface lanInterface) throws IOException {
    if (address instanceof Inet6Address ip) {
      send(NeighborSolicitation.probe(ip, lanInterface.mac), lanInterface);
    } else if (address instanceof Inet4Address ip) {
      send(ArpPacket.probe(ip, lanInterface.mac), lanInterface);
    }
  }

  private void send(byte[] frame, LanInterface lanInterface) throws IOException {
    PacketSocket open = socket;
    if (open == null) {
      open = PacketSocket.forSending();
      socket = open;
    }
    open.send(frame, lanInterface.index);
  }

  @Override
  public void close() {
    if (socket != null) {
      socket.close();
      socket = null;
    }
  }
}
