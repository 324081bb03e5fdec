package dev.ballast.dataplane.server.announce;

import dev.ballast.dataplane.server.announce.packet.ArpPacket;
import dev.ballast.dataplane.server.announce.packet.NeighborAdvertisement;
import dev.ballast.dataplane.server.announce.packet.NeighborEntry;
import dev.ballast.dataplane.server.socket.FrameReceiver;
import dev.ballast.dataplane.server.socket.PacketSocket;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listens at every interface for the frames that tell which machine has which address. */
final class ArpNdpListener {

  private static final Logger log = LoggerFactory.getLogger(ArpNdpListener.class);

  /** Receives each entry, and the interface that it came in by, on the receiver's thread. */
  interface NeighborEntryConsumer {
    void received(NeighborEntry entry, int interfaceIndex);
  }

  static FrameReceiver forArp(NeighborEntryConsumer neighborEntryConsumer) throws IOException {
    return start(
        "arp",
        PacketSocket.receiving(ArpPacket.ETH_P_ARP),
        NeighborEntry::ofArp,
        neighborEntryConsumer);
  }

  static FrameReceiver forAdvertisements(NeighborEntryConsumer neighborEntryConsumer)
      throws IOException {
    return start(
        "ndp-advertisements",
        PacketSocket.receivingIcmpv6(NeighborAdvertisement.TYPE),
        NeighborEntry::ofAdvertisement,
        neighborEntryConsumer);
  }

  private static FrameReceiver start(
      String threadName,
      PacketSocket socket,
      Function<byte[], Optional<NeighborEntry>> parser,
      NeighborEntryConsumer neighborEntryConsumer) {
    return FrameReceiver.start(
        threadName,
        socket,
        (frame, interfaceIndex) ->
            parser
                .apply(frame)
                .ifPresent(entry -> neighborEntryConsumer.received(entry, interfaceIndex)),
        // Such as an interface that goes down.
        e -> log.debug("Cannot receive frames: {}", e.getMessage()));
  }

  private ArpNdpListener() {}
}
