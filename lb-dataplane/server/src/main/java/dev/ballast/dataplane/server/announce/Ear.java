package dev.ballast.dataplane.server.announce;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hears who claims which address, at every interface, on a thread of its own. */
final class Ear implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Ear.class);
  private static final int ETH_P_ARP_BIG_ENDIAN = 0x0608;
  private static final int LARGEST_FRAME = 2048;

  private final RawSocket socket;
  private final Function<byte[], Optional<Claim>> read;
  private final Listener listener;
  private volatile boolean closed;

  /** Told of each claim, and of the interface that it came in by. */
  interface Listener {
    void heard(Claim claim, int interfaceIndex);
  }

  private Ear(RawSocket socket, Function<byte[], Optional<Claim>> read, Listener listener) {
    this.socket = socket;
    this.read = read;
    this.listener = listener;
  }

  static Ear forArp(Listener listener) throws IOException {
    return new Ear(open(ETH_P_ARP_BIG_ENDIAN), Claim::ofArp, listener).start("arp");
  }

  static Ear forAdvertisements(Listener listener) throws IOException {
    RawSocket socket = open(NeighborDiscovery.ETH_P_IPV6_BIG_ENDIAN);
    try {
      socket.filter(PacketFilter.icmpv6(NeighborAdvertisement.TYPE));
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    return new Ear(socket, Claim::ofAdvertisement, listener).start("ndp-claims");
  }

  private static RawSocket open(int etherType) throws IOException {
    return RawSocket.open("AF_PACKET", LinkAddress.AF_PACKET, LinkAddress.SOCK_RAW, etherType);
  }

  private Ear start(String name) {
    Thread.ofPlatform().daemon().name(name).start(this::run);
    return this;
  }

  private void run() {
    while (!closed) {
      try {
        byte[] from = new byte[LinkAddress.SIZE];
        Optional<Claim> claim = read.apply(socket.receive(LARGEST_FRAME, from));
        claim.ifPresent(c -> listener.heard(c, LinkAddress.interfaceIndex(from)));
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
