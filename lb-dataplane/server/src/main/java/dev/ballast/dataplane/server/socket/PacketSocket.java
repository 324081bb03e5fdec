package dev.ballast.dataplane.server.socket;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A packet(7) socket: sends and receives whole Ethernet frames at any interface. Calls block for at
 * most {@link RawSocket#TIMEOUT}.
 */
public final class PacketSocket implements AutoCloseable {

  private static final int ETH_P_ALL = 3;
  private static final int SOL_PACKET = 263;

  /** Without it, the kernel copies each frame that the node sends. Since Linux 4.20. */
  private static final int PACKET_IGNORE_OUTGOING = 23;

  private static final int MAX_FRAME_SIZE = 2048;
  private static final int ETHER_TYPE_OFFSET = 12;

  /** Handles a frame. */
  public interface FrameHandler {
    /** Handles a frame that came in by the interface of this index. */
    void handle(byte[] frame, int interfaceIndex) throws IOException;
  }

  private final RawSocket socket;

  private PacketSocket(RawSocket socket) {
    this.socket = socket;
  }

  /** Sends, and receives nothing: the kernel copies no frame to a socket of protocol 0. */
  public static PacketSocket forSending() throws IOException {
    return new PacketSocket(open(0));
  }

  /** Receives the frames of one Ethernet type. */
  public static PacketSocket receiving(int etherType) throws IOException {
    return new PacketSocket(open(etherType));
  }

  /**
   * Receives the ICMPv6 messages of one type. A frame that comes between bind and filter may be
   * another one, so the receiver checks what it gets.
   */
  public static PacketSocket receivingIcmpv6(int type) throws IOException {
    RawSocket socket = open(SocketFilter.ETH_P_IPV6);
    try {
      socket.attachFilter(SocketFilter.icmpv6(type));
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    return new PacketSocket(socket);
  }

  /**
   * Receives what comes in by one interface and fulfills all conditions of at least one of these
   * lists. The kernel copies a frame before any traffic control and firewall of this node, which
   * may drop it.
   */
  public static PacketSocket receiving(int interfaceIndex, List<List<FieldMatch>> anyOf)
      throws IOException {
    // Protocol 0 receives nothing before the filter is there.
    RawSocket socket = open(0);
    try {
      socket.attachFilter(SocketFilter.anyOf(anyOf));
      if (!socket.setOption(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)) {
        throw new IOException("the kernel rejects the socket option PACKET_IGNORE_OUTGOING");
      }
      socket.bind(LinkLayerAddress.of(ETH_P_ALL, interfaceIndex));
    } catch (IOException e) {
      socket.close();
      throw e;
    }
    return new PacketSocket(socket);
  }

  private static RawSocket open(int etherType) throws IOException {
    return RawSocket.open(
        "AF_PACKET",
        LinkLayerAddress.AF_PACKET,
        LinkLayerAddress.SOCK_RAW,
        LinkLayerAddress.bigEndian(etherType));
  }

  public void send(byte[] frame, int interfaceIndex) throws IOException {
    int etherType = Short.toUnsignedInt(ByteBuffer.wrap(frame).getShort(ETHER_TYPE_OFFSET));
    socket.send(frame, LinkLayerAddress.of(etherType, interfaceIndex));
  }

  /** Waits for a frame. Fails with EAGAIN when none has come for a while. */
  public void awaitFrame() throws IOException {
    socket.awaitMessage();
  }

  /**
   * Hands over the next frame, unless it is for another machine: a bridge puts its ports into
   * promiscuous mode. Fails with EAGAIN when there is none.
   */
  public void receiveNow(FrameHandler frameHandler) throws IOException {
    byte[] from = new byte[LinkLayerAddress.SIZE];
    byte[] bytes = socket.receiveNow(MAX_FRAME_SIZE, from);
    if (!LinkLayerAddress.isToOtherHost(from)) {
      frameHandler.handle(bytes, LinkLayerAddress.interfaceIndex(from));
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
