package dev.ballast.dataplane.server.socket;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A packet(7) socket: sends and receives whole Ethernet frames at any interface. Calls block for at
 * most {@link RawSocket#TIMEOUT}.
 */
public final class PacketSocket implements AutoCloseable {

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
