package dev.ballast.dataplane.server.announce;

import dev.ballast.dataplane.server.announce.packet.NeighborAdvertisement;
import dev.ballast.dataplane.server.announce.packet.NeighborSolicitation;
import dev.ballast.dataplane.server.socket.FrameReceiver;
import dev.ballast.dataplane.server.socket.PacketSocket;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers Neighbor Solicitations for addresses that are local by a route. The kernel answers ARP
 * for these addresses, but it answers solicitations only for addresses of an interface. It also
 * joins the solicited-node multicast group only for the addresses of an interface. So this class
 * does both, and both end with the process. See docs/contributing/adr/0007.
 */
final class NeighborSolicitationResponder implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(NeighborSolicitationResponder.class);

  private final PacketSocket socket;
  private final Map<InetAddress, AnsweredAddress> answered = new ConcurrentHashMap<>();
  private volatile boolean unicastOnly;
  private final FrameReceiver receiver;

  /**
   * An address that is answered for.
   *
   * @param membership keeps the interface in the multicast group while it is open; carries nothing
   */
  private record AnsweredAddress(
      NetworkInterfaces.LanInterface lanInterface, DatagramChannel membership) {}

  private NeighborSolicitationResponder(PacketSocket socket) {
    this.socket = socket;
    this.receiver =
        FrameReceiver.start("ndp-solicitations", socket, this::respond, this::respondFailed);
  }

  static NeighborSolicitationResponder start() throws IOException {
    return new NeighborSolicitationResponder(
        PacketSocket.receivingIcmpv6(NeighborSolicitation.TYPE));
  }

  /** Answers for {@code address} from now on, at this interface and no other. */
  void answer(Inet6Address address, NetworkInterfaces.LanInterface lanInterface)
      throws IOException {
    AnsweredAddress before = answered.get(address);
    if (before == null || before.lanInterface.index != lanInterface.index) {
      stopAnswering(address);
      answered.put(address, new AnsweredAddress(lanInterface, join(address, lanInterface)));
    } else {
      answered.put(address, new AnsweredAddress(lanInterface, before.membership));
    }
  }

  /**
   * Joins the solicited-node group. Each address has a channel of its own: net.core.optmem_max
   * limits how many groups one socket joins, and several addresses may share a group.
   */
  private static DatagramChannel join(
      Inet6Address address, NetworkInterfaces.LanInterface lanInterface) throws IOException {
    NetworkInterface device = NetworkInterface.getByIndex(lanInterface.index);
    if (device == null) {
      throw new IOException("interface %s no longer exists".formatted(lanInterface.name));
    }
    DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET6);
    try {
      var unused = channel.join(NeighborSolicitation.solicitedNode(address), device);
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private void stopAnswering(InetAddress address) {
    AnsweredAddress before = answered.remove(address);
    if (before != null) {
      leave(before);
    }
  }

  private static void leave(AnsweredAddress address) {
    try {
      address.membership.close();
    } catch (IOException e) {
      log.debug("Cannot leave a multicast group", e);
    }
  }

  /**
   * From now on, answers only the neighbors that ask this node directly (neighbor unreachability
   * detection): they have connections here. A new owner answers all others.
   */
  void answerUnicastOnly() {
    unicastOnly = true;
    answered.values().forEach(NeighborSolicitationResponder::leave);
  }

  /** Stops answering for every address that is not in {@code keep}. */
  void retainOnly(Set<InetAddress> keep) {
    for (InetAddress address : answered.keySet()) {
      if (!keep.contains(address)) {
        stopAnswering(address);
      }
    }
  }

  private void respond(byte[] frame, int interfaceIndex) throws IOException {
    Optional<NeighborSolicitation> solicitation = NeighborSolicitation.parse(frame);
    if (solicitation.isEmpty()) {
      return;
    }
    AnsweredAddress address = answered.get(solicitation.get().target);
    if (address != null
        && address.lanInterface.index == interfaceIndex
        && !(unicastOnly && solicitation.get().multicast)) {
      socket.send(
          NeighborAdvertisement.solicited(solicitation.get(), address.lanInterface.mac),
          interfaceIndex);
    }
  }

  /** Such as an interface that is down at the moment. */
  private void respondFailed(IOException e) {
    log.warn(
        "Cannot answer a Neighbor Solicitation, which the neighbor repeats: {}", e.getMessage());
  }

  /** Stops answering; the thread ends by itself. */
  @Override
  public void close() {
    receiver.close();
    retainOnly(Set.of());
  }
}
