package dev.ballast.dataplane.server.announce;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hears who claims which address, at every interface, on a thread of its own. */
final class ArpNdpListener implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(ArpNdpListener.class);
  private static final int ETH_P_ARP_BIG_ENDIAN = 0x0608;
  private static final int LARGEST_FRAME = 2048;

  private final RawSocket socket;
  private final Function<byte[], Optional<NeighborEntry>> read;
  private final NeighborEntryConsumer neighborEntryConsumer;
  private volatile boolean closed;

  /** Told of each claim, and of the interface that it came in by. */
  interface NeighborEntryConsumer {
    void heard(NeighborEntry entry, int interfaceIndex);
  }

  private ArpNdpListener(
      RawSocket socket,
      Function<byte[], Optional<NeighborEntry>> read,
      NeighborEntryConsumer neighborEntryConsumer) {
    this.socket = socket;
    this.read = read;
    this.neighborEntryConsumer = neighborEntryConsumer;
  }

  static ArpNdpListener forArp(NeighborEntryConsumer neighborEntryConsumer) throws IOException {
    return new ArpNdpListener(
            open(ETH_P_ARP_BIG_ENDIAN), NeighborEntry::ofArp, neighborEntryConsumer)
        .start("arp");
  }

  static ArpNdpListener forAdvertisements(NeighborEntryConsumer neighborEntryConsumer)
      throws IOException {
    RawSocket socket = open(NeighborSolicitationResponder.ETH_P_IPV6_BIG_ENDIAN);
    try {
      socket.filter(SocketFilter.icmpv6(NeighborAdvertisement.TYPE));
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    return new ArpNdpListener(socket, NeighborEntry::ofAdvertisement, neighborEntryConsumer)
        .start("ndp-claims");
  }

  private static RawSocket open(int etherType) throws IOException {
    return RawSocket.open(
        "AF_PACKET", LinkLayerAddress.AF_PACKET, LinkLayerAddress.SOCK_RAW, etherType);
  }

  private ArpNdpListener start(String name) {
    Thread.ofPlatform().daemon().name(name).start(this::run);
    return this;
  }

  private void run() {
    while (!closed) {
      try {
        byte[] from = new byte[LinkLayerAddress.SIZE];
        Optional<NeighborEntry> entry = read.apply(socket.receive(LARGEST_FRAME, from));
        entry.ifPresent(c -> neighborEntryConsumer.heard(c, LinkLayerAddress.interfaceIndex(from)));
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

  /** Such as an interface that goes down. */
  private static void failed(IOException e) {
    log.debug("not heard: {}", e.getMessage());
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
  }

  /** The thread, which may be waiting for a frame, ends by itself. */
  @Override
  public void close() {
    closed = true;
  }
}
