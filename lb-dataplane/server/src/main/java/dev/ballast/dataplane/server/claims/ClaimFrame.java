package dev.ballast.dataplane.server.claims;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;

/**
 * A message between two nodes. The first byte is the type. What follows is in network byte order. A
 * later version appends fields and adds types only, and this one skips them.
 */
sealed interface ClaimFrame
    permits ClaimFrame.Hello,
        ClaimFrame.Proof,
        ClaimFrame.Restart,
        ClaimFrame.Update,
        ClaimFrame.Complete,
        ClaimFrame.Ping,
        ClaimFrame.Pong,
        ClaimFrame.Bye,
        ClaimFrame.Unknown,
        HandoverFrame {

  /** So many claims fit into a frame of {@link #MAX_BYTES}. */
  int MAX_CLAIMS = 2000;

  int MAX_BYTES = 65_536;
  int NONCE_BYTES = 32;
  int TAG_BYTES = 32;

  /** The first one whose nodes know {@link HandoverFrame}s. */
  byte HANDOVERS = 2;

  byte VERSION = HANDOVERS;

  /**
   * The first frame of each side, which is not signed. The proof covers it.
   *
   * @param version what the sender knows
   */
  record Hello(byte version, ByteBuffer nonce, String node) implements ClaimFrame {}

  /** Proves that the sender has a key. */
  record Proof(ByteBuffer tag) implements ClaimFrame {}

  /** All claims of the sender follow, up to {@link Complete}. */
  record Restart() implements ClaimFrame {}

  /**
   * Claims that have changed.
   *
   * @param epochs 0: released
   */
  record Update(Map<InetAddress, Long> epochs) implements ClaimFrame {}

  record Complete() implements ClaimFrame {}

  record Ping(long nonce) implements ClaimFrame {}

  /** Follows all that the sender has claimed before it received the {@link Ping}. */
  record Pong(long nonce) implements ClaimFrame {}

  /** Another process of the sender's node connects next. */
  record Bye() implements ClaimFrame {}

  /** Of a later version. */
  record Unknown(int type) implements ClaimFrame {}

  /** What {@link Update} has to tell; 0 for an address that is released. */
  static Map<InetAddress, Long> changes(Map<InetAddress, Long> before, Map<InetAddress, Long> now) {
    Map<InetAddress, Long> changes = new HashMap<>(now);
    changes.entrySet().removeIf(entry -> entry.getValue().equals(before.get(entry.getKey())));
    before.keySet().stream()
        .filter(address -> !now.containsKey(address))
        .forEach(address -> changes.put(address, 0L));
    return changes;
  }

  /** As few frames as possible. Each is made when it is asked for. */
  static Iterator<ClaimFrame> updates(Map<InetAddress, Long> epochs) {
    Iterator<Map.Entry<InetAddress, Long>> rest = epochs.entrySet().iterator();
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return rest.hasNext();
      }

      @Override
      public ClaimFrame next() {
        Map<InetAddress, Long> part = new HashMap<>();
        while (rest.hasNext() && part.size() < MAX_CLAIMS) {
          Map.Entry<InetAddress, Long> next = rest.next();
          part.put(next.getKey(), next.getValue());
        }
        return new Update(part);
      }
    };
  }

  static byte[] encode(ClaimFrame frame) {
    ByteBuffer buffer = ByteBuffer.allocate(MAX_BYTES);
    switch (frame) {
      case Hello(byte version, ByteBuffer nonce, String node) -> {
        buffer.put((byte) 1).put(version).put(nonce.duplicate());
        putSized(node.getBytes(UTF_8), buffer);
      }
      case Proof(ByteBuffer tag) -> buffer.put((byte) 2).put(tag.duplicate());
      case Restart() -> buffer.put((byte) 3);
      case Update(Map<InetAddress, Long> epochs) -> {
        buffer.put((byte) 4).putShort((short) epochs.size());
        epochs.forEach(
            (address, epoch) -> {
              putSized(address.getAddress(), buffer);
              buffer.putLong(epoch);
            });
      }
      case Complete() -> buffer.put((byte) 5);
      case Ping(long nonce) -> buffer.put((byte) 6).putLong(nonce);
      case Pong(long nonce) -> buffer.put((byte) 7).putLong(nonce);
      case Bye() -> buffer.put((byte) 8);
      case Unknown(int type) -> buffer.put((byte) type);
      case HandoverFrame handover -> HandoverFrame.encode(handover, buffer);
    }
    byte[] bytes = new byte[buffer.position()];
    buffer.flip().get(bytes);
    return bytes;
  }

  /** Empty if it is malformed. */
  static Optional<ClaimFrame> decode(ByteBuffer buffer) {
    try {
      int type = Byte.toUnsignedInt(buffer.get());
      return Optional.of(
          switch (type) {
            case 1 -> hello(buffer);
            case 2 -> new Proof(ByteBuffer.wrap(bytes(buffer, TAG_BYTES)));
            case 3 -> new Restart();
            case 4 -> update(buffer);
            case 5 -> new Complete();
            case 6 -> new Ping(buffer.getLong());
            case 7 -> new Pong(buffer.getLong());
            case 8 -> new Bye();
            default -> HandoverFrame.decode(type, buffer);
          });
    } catch (BufferUnderflowException | UnknownHostException e) {
      return Optional.empty();
    }
  }

  private static Hello hello(ByteBuffer buffer) {
    byte version = buffer.get();
    ByteBuffer nonce = ByteBuffer.wrap(bytes(buffer, NONCE_BYTES));
    return new Hello(version, nonce, new String(sized(buffer), UTF_8));
  }

  private static Update update(ByteBuffer buffer) throws UnknownHostException {
    int count = Short.toUnsignedInt(buffer.getShort());
    Map<InetAddress, Long> epochs = new HashMap<>();
    for (int i = 0; i < count; i++) {
      epochs.put(InetAddress.getByAddress(sized(buffer)), Math.max(0, buffer.getLong()));
    }
    return new Update(epochs);
  }

  /** At most 255 bytes, after their number. */
  static void putSized(byte[] bytes, ByteBuffer buffer) {
    buffer.put((byte) bytes.length).put(bytes);
  }

  /** What {@link #putSized} has written. */
  static byte[] sized(ByteBuffer buffer) {
    return bytes(buffer, Byte.toUnsignedInt(buffer.get()));
  }

  private static byte[] bytes(ByteBuffer buffer, int count) {
    byte[] bytes = new byte[count];
    buffer.get(bytes);
    return bytes;
  }
}
