package dev.ballast.dataplane.server.announce;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.nio.channels.DatagramChannel;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers Neighbor Solicitations for addresses that are local by a route. The kernel answers ARP
 * for those, but solicitations for addresses of an interface only, and it joins the multicast group
 * that a solicitation goes to for these only. So both are done here, and end with the process. See
 * docs/contributing/adr/0007.
 */
final class NeighborSolicitationResponder implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(NeighborSolicitationResponder.class);
  private static final int LARGEST_FRAME = 2048;
  static final int ETH_P_IPV6_BIG_ENDIAN = 0xdd86;

  private final RawSocket socket;
  private final Map<InetAddress, InterfaceSocket> interfaceSockets = new ConcurrentHashMap<>();
  private volatile boolean hushed;
  private volatile boolean closed;

  /** Where an address is answered for. The channel is open for its group, and carries nothing. */
  private static final class InterfaceSocket {
    final NetworkInterfaces.LanInterface lanInterface;
    final DatagramChannel membership;

    InterfaceSocket(NetworkInterfaces.LanInterface lanInterface, DatagramChannel membership) {
      this.lanInterface = lanInterface;
      this.membership = membership;
    }
  }

  private NeighborSolicitationResponder(RawSocket socket) {
    this.socket = socket;
  }

  static NeighborSolicitationResponder start() throws IOException {
    RawSocket socket =
        RawSocket.open(
            "AF_PACKET",
            LinkLayerAddress.AF_PACKET,
            LinkLayerAddress.SOCK_RAW,
            ETH_P_IPV6_BIG_ENDIAN);
    try {
      // Frames that came before the filter are read in vain, and do no harm.
      socket.filter(SocketFilter.icmpv6(NeighborSolicitation.TYPE));
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    var discovery = new NeighborSolicitationResponder(socket);
    Thread.ofPlatform().daemon().name("ndp").start(discovery::run);
    return discovery;
  }

  /** Answers for {@code address} from now on, at this interface and no other. */
  void answer(Inet6Address address, NetworkInterfaces.LanInterface lanInterface)
      throws IOException {
    InterfaceSocket before = interfaceSockets.get(address);
    if (before == null || before.lanInterface.index != lanInterface.index) {
      ignore(address);
      interfaceSockets.put(address, new InterfaceSocket(lanInterface, join(address, lanInterface)));
    } else {
      interfaceSockets.put(address, new InterfaceSocket(lanInterface, before.membership));
    }
  }

  /**
   * A channel each: what one socket may join is bounded by net.core.optmem_max, and several
   * addresses may have one group.
   */
  private static DatagramChannel join(
      Inet6Address address, NetworkInterfaces.LanInterface lanInterface) throws IOException {
    NetworkInterface device = NetworkInterface.getByIndex(lanInterface.index);
    if (device == null) {
      throw new IOException("interface %s is gone".formatted(lanInterface.name));
    }
    DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET6);
    try {
      var unused = channel.join(solicitedNode(address), device);
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** {@code ff02::1:ff00:0} with the last three bytes of the address (RFC 4291, section 2.7.1). */
  static InetAddress solicitedNode(Inet6Address address) {
    byte[] group = {-1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, -1, 0, 0, 0};
    System.arraycopy(address.getAddress(), 13, group, 13, 3);
    try {
      return InetAddress.getByAddress(group);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("a group of %d bytes".formatted(group.length), e);
    }
  }

  private void ignore(InetAddress address) {
    InterfaceSocket interfaceSocket = interfaceSockets.remove(address);
    if (interfaceSocket != null) {
      leave(interfaceSocket);
    }
  }

  private static void leave(InterfaceSocket interfaceSocket) {
    try {
      interfaceSocket.membership.close();
    } catch (IOException e) {
      log.debug("leaving a group", e);
    }
  }

  /**
   * Answers those alone from now on who take this node for the owner and ask it directly, since
   * they have connections here; a new owner tells them that it is another one.
   */
  void hush() {
    hushed = true;
    interfaceSockets.values().forEach(NeighborSolicitationResponder::leave);
  }

  /** Answers for none but these from now on, and for none that it did not answer for before. */
  void answerOnly(Set<InetAddress> addresses) {
    for (InetAddress address : interfaceSockets.keySet()) {
      if (!addresses.contains(address)) {
        ignore(address);
      }
    }
  }

  private void run() {
    while (!closed) {
      try {
        byte[] from = new byte[LinkLayerAddress.SIZE];
        byte[] frame = socket.receive(LARGEST_FRAME, from);
        Optional<NeighborSolicitation> question = NeighborSolicitation.read(frame);
        if (question.isPresent()) {
          answer(question.orElseThrow(), LinkLayerAddress.interfaceIndex(from));
        }
      } catch (ErrnoException e) {
        if (e.errno() != ErrnoException.EAGAIN && e.errno() != ErrnoException.EINTR) {
          failed(e);
        }
      } catch (IOException e) {
        failed(e);
      }
    }
    socket.close();
  }

  private void answer(NeighborSolicitation question, int index) throws IOException {
    InterfaceSocket interfaceSocket = interfaceSockets.get(question.target);
    if (interfaceSocket != null
        && interfaceSocket.lanInterface.index == index
        && !(hushed && question.toGroup)) {
      socket.send(
          NeighborAdvertisement.answer(question, interfaceSocket.lanInterface.mac),
          LinkLayerAddress.of(NeighborAdvertisement.ETH_P_IPV6, index));
    }
  }

  /** Such as an interface that is down at the moment: neighbours ask again. */
  private static void failed(IOException e) {
    log.warn("a neighbour's question was not answered, it will ask again: {}", e.getMessage());
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
  }

  /** Answers nothing from now on; the thread, which may be waiting for a frame, ends by itself. */
  @Override
  public void close() {
    closed = true;
    answerOnly(Set.of());
  }
}
