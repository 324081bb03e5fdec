package dev.ballast.dataplane.server.announce;

import dev.ballast.dataplane.server.announce.packet.ArpPacket;
import dev.ballast.dataplane.server.announce.packet.ArpRequest;
import dev.ballast.dataplane.server.announce.packet.NeighborRequest;
import dev.ballast.dataplane.server.announce.packet.NeighborSolicitation;
import dev.ballast.dataplane.server.socket.FrameReceiver;
import dev.ballast.dataplane.server.socket.PacketSocket;
import dev.ballast.dataplane.server.steering.SelfFencing;
import java.io.Closeable;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers ARP requests and Neighbor Solicitations for addresses that are local by a route, each at
 * one interface. The answers end with the process.
 *
 * <p>Whether the kernel answers ARP for such an address depends on arp_ignore, and it answers at
 * every interface. It answers no solicitation, and joins the solicited-node multicast group only
 * for the addresses of an interface. So this class does it all. See docs/contributing/adr/0007.
 */
final class NeighborResponder implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(NeighborResponder.class);

  /** A new owner that has not announced an address by then has failed. */
  private static final Duration SILENCE = Duration.ofSeconds(1);

  private final Map<InetAddress, AnsweredAddress> answered = new ConcurrentHashMap<>();
  private final SelfFencing fencing;

  /** Until when this node is silent about an address, of {@link System#nanoTime}. */
  private final Map<InetAddress, Long> silentUntil = new ConcurrentHashMap<>();

  private volatile boolean unicastOnly;
  private @Nullable FrameReceiver arp;
  private @Nullable FrameReceiver solicitations;

  /**
   * An address that is answered for.
   *
   * @param membership keeps the interface in the multicast group of an IPv6 address while it is
   *     open; carries nothing
   */
  private record AnsweredAddress(LanInterface lanInterface, Closeable membership) {}

  NeighborResponder(SelfFencing fencing) {
    this.fencing = fencing;
  }

  /** Answers for {@code address} from now on, at this interface and no other. */
  void answer(InetAddress address, LanInterface lanInterface) throws IOException {
    receive(address);
    AnsweredAddress before = answered.get(address);
    if (before == null || before.lanInterface.index != lanInterface.index) {
      stopAnswering(address);
      answered.put(address, new AnsweredAddress(lanInterface, join(address, lanInterface)));
    } else {
      answered.put(address, new AnsweredAddress(lanInterface, before.membership));
    }
  }

  /** Opens a socket with the first address, so that a node without addresses needs no NET_RAW. */
  private void receive(InetAddress address) throws IOException {
    if (address instanceof Inet6Address) {
      if (solicitations == null) {
        solicitations =
            start(
                "ndp-solicitations",
                PacketSocket.receivingIcmpv6(NeighborSolicitation.TYPE),
                NeighborSolicitation::parse);
      }
    } else if (arp == null) {
      arp = start("arp-requests", PacketSocket.receiving(ArpPacket.ETH_P_ARP), ArpRequest::parse);
    }
  }

  private FrameReceiver start(
      String threadName, PacketSocket socket, Function<byte[], Optional<NeighborRequest>> parser) {
    return FrameReceiver.start(
        threadName,
        socket,
        (frame, interfaceIndex) -> respond(socket, parser.apply(frame), interfaceIndex),
        // Such as an interface that is down at the moment.
        e -> log.warn("Cannot answer a neighbor, which asks again: {}", e.getMessage()));
  }

  /**
   * Joins the solicited-node group. Each address has a channel of its own: net.core.optmem_max
   * limits how many groups one socket joins, and several addresses may share a group.
   */
  private static Closeable join(InetAddress address, LanInterface lanInterface) throws IOException {
    if (!(address instanceof Inet6Address ip)) {
      return () -> {};
    }
    NetworkInterface device = NetworkInterface.getByIndex(lanInterface.index);
    if (device == null) {
      throw new IOException("interface %s no longer exists".formatted(lanInterface.name));
    }
    DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET6);
    try {
      var unused = channel.join(NeighborSolicitation.solicitedNode(ip), device);
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  void stopAnswering(InetAddress address) {
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
   * From now on, answers only the neighbors that ask this node directly, to verify an entry: they
   * have connections here. A new owner answers all others.
   */
  void answerUnicastOnly() {
    unicastOnly = true;
    answered.values().forEach(NeighborResponder::leave);
  }

  /** Stops answering for every address that is not in {@code keep}. */
  void retainOnly(Set<InetAddress> keep) {
    for (InetAddress address : answered.keySet()) {
      if (!keep.contains(address)) {
        stopAnswering(address);
      }
    }
  }

  private void respond(PacketSocket socket, Optional<NeighborRequest> request, int interfaceIndex)
      throws IOException {
    if (request.isEmpty()) {
      return;
    }
    AnsweredAddress address = answered.get(request.get().target());
    if (address != null
        && address.lanInterface.index == interfaceIndex
        && !(unicastOnly && request.get().isMulticast())
        && !isSilent(request.get().target())) {
      socket.send(request.get().answer(address.lanInterface.mac), interfaceIndex);
    }
  }

  /** Answers no neighbor about these addresses for a moment. Thread-safe. */
  void silence(Set<InetAddress> addresses) {
    long until = System.nanoTime() + SILENCE.toNanos();
    addresses.forEach(address -> silentUntil.put(address, until));
  }

  /** Whether it does not answer, because another node may have the address by now. */
  boolean isSilent(InetAddress address) {
    Long until = silentUntil.get(address);
    if (until != null && until - System.nanoTime() <= 0) {
      silentUntil.remove(address, until);
      until = null;
    }
    return until != null || fencing.isFenced();
  }

  /** Stops answering; the threads end by themselves. */
  @Override
  public void close() {
    if (arp != null) {
      arp.close();
    }
    if (solicitations != null) {
      solicitations.close();
    }
    retainOnly(Set.of());
  }
}
