package dev.ballast.dataplane.server.announce.packet;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/** An ARP request (RFC 826) or an ARP probe, whose sender address is 0.0.0.0 (RFC 5227). */
public final class ArpRequest implements NeighborRequest {

  private static final int LENGTH = 42;
  private static final int SENDER_MAC = 22;
  private static final int SENDER = 28;
  private static final int TARGET = 38;

  private final byte[] frame;

  private ArpRequest(byte[] frame) {
    this.frame = frame;
  }

  /** Parses an Ethernet frame; empty for another message, and for gratuitous ARP. */
  public static Optional<NeighborRequest> parse(byte[] bytes) {
    if (bytes.length < LENGTH) {
      return Optional.empty();
    }
    ByteBuffer frame = ByteBuffer.wrap(bytes);
    boolean request =
        Short.toUnsignedInt(frame.getShort(12)) == ArpPacket.ETH_P_ARP
            && frame.getShort(14) == 1
            && frame.getShort(16) == 0x0800
            && frame.get(18) == 6
            && frame.get(19) == 4
            && frame.getShort(20) == ArpPacket.REQUEST;
    boolean gratuitous = frame.getInt(SENDER) == frame.getInt(TARGET);
    return !request || gratuitous || isGroup(bytes[SENDER_MAC])
        ? Optional.empty()
        : Optional.of(new ArpRequest(bytes.clone()));
  }

  private static boolean isGroup(byte firstByteOfMac) {
    return (firstByteOfMac & 1) != 0;
  }

  @Override
  public InetAddress target() {
    try {
      return InetAddress.getByAddress(Arrays.copyOfRange(frame, TARGET, TARGET + 4));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("an address of 4 bytes", e);
    }
  }

  @Override
  public boolean isMulticast() {
    return isGroup(frame[0]);
  }

  @Override
  public byte[] answer(byte[] mac) {
    byte[] senderMac = Arrays.copyOfRange(frame, SENDER_MAC, SENDER);
    return ByteBuffer.allocate(LENGTH)
        .put(senderMac)
        .put(mac)
        .put(frame, 12, 8)
        .putShort((short) ArpPacket.REPLY)
        .put(mac)
        .put(frame, TARGET, 4)
        .put(senderMac)
        .put(frame, SENDER, 4)
        .array();
  }
}
