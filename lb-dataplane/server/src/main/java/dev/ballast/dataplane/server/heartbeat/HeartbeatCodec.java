package dev.ballast.dataplane.server.heartbeat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.dataplane.core.failure.Heartbeat;
import dev.ballast.dataplane.core.failure.Heartbeat.SenderState;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Mac;

/**
 * The form of a heartbeat on the wire. A datagram has, in network byte order:
 *
 * <pre>
 * magic "BLHB" (4)  version (1)  state (1)  incarnation (8)  sequence (8)
 * length of name (1)  name  number of suspected nodes (2)  length of name (1)  name ...
 * what later versions add, which this one skips
 * the first 16 bytes of the HMAC-SHA256 of all that is before
 * </pre>
 *
 * <p>A later version appends fields only, so nodes of different versions need no agreement. Not
 * thread-safe, since a {@link Mac} is not.
 */
final class HeartbeatCodec {

  /** A datagram that no link fragments (the minimum MTU of IPv6, without headers). */
  static final int MAX_BYTES = 1232;

  private static final int MAGIC = 0x424c4842;
  private static final byte VERSION = 1;
  private static final int TAG_BYTES = 16;

  /** What a datagram is. */
  sealed interface DecodeResult {

    record Decoded(Heartbeat heartbeat) implements DecodeResult {}

    /** It looks like a heartbeat, but none of the keys has signed it. */
    record NotVerified() implements DecodeResult {}

    /** It is from another program. */
    record Foreign() implements DecodeResult {}
  }

  /**
   * Writes a heartbeat to an empty buffer of {@link #MAX_BYTES}, and makes it ready to be sent.
   * Suspected nodes for which there is no room are left out, and follow when others are alive.
   */
  void encode(Heartbeat heartbeat, Mac key, ByteBuffer buffer) {
    buffer.clear();
    buffer
        .putInt(MAGIC)
        .put(VERSION)
        .put(code(heartbeat.state()))
        .putLong(heartbeat.incarnation())
        .putLong(heartbeat.sequence());
    putName(heartbeat.node().getBytes(UTF_8), buffer);
    int countAt = buffer.position();
    short count = 0;
    buffer.putShort(count);
    for (String node : heartbeat.suspected()) {
      byte[] name = node.getBytes(UTF_8);
      if (buffer.remaining() < 1 + name.length + TAG_BYTES) {
        break;
      }
      putName(name, buffer);
      count++;
    }
    buffer.putShort(countAt, count);
    buffer.put(tag(buffer.slice(0, buffer.position()), key), 0, TAG_BYTES).flip();
  }

  private static void putName(byte[] name, ByteBuffer buffer) {
    buffer.put((byte) name.length).put(name);
  }

  /**
   * Reads what was received, from the start of the buffer to its limit.
   *
   * @param keys any of which may have signed it
   */
  DecodeResult decode(ByteBuffer buffer, List<Mac> keys) {
    int signed = buffer.limit() - TAG_BYTES;
    if (signed < 6 || buffer.getInt(0) != MAGIC) {
      return new DecodeResult.Foreign();
    }
    for (Mac key : keys) {
      if (isSigned(buffer, signed, key)) {
        return parse(buffer.limit(signed))
            .<DecodeResult>map(DecodeResult.Decoded::new)
            .orElseGet(DecodeResult.Foreign::new);
      }
    }
    return new DecodeResult.NotVerified();
  }

  private static boolean isSigned(ByteBuffer buffer, int length, Mac key) {
    byte[] received = new byte[TAG_BYTES];
    buffer.get(length, received);
    byte[] expected = Arrays.copyOf(tag(buffer.slice(0, length), key), TAG_BYTES);
    return MessageDigest.isEqual(expected, received);
  }

  private static byte[] tag(ByteBuffer signed, Mac key) {
    key.update(signed);
    return key.doFinal();
  }

  private static byte code(SenderState state) {
    return switch (state) {
      case INELIGIBLE -> 0;
      case ELIGIBLE -> 1;
      case FAREWELL -> 2;
      case VERIFYING -> 3;
    };
  }

  /** A state of a later version says that the node lives, and this version knows no more. */
  private static SenderState state(byte code) {
    return switch (code) {
      case 1 -> SenderState.ELIGIBLE;
      case 2 -> SenderState.FAREWELL;
      case 3 -> SenderState.VERIFYING;
      default -> SenderState.INELIGIBLE;
    };
  }

  private static Optional<Heartbeat> parse(ByteBuffer buffer) {
    try {
      SenderState state = state(buffer.get(5));
      buffer.position(6);
      long incarnation = buffer.getLong();
      long sequence = buffer.getLong();
      String node = name(buffer);
      int count = Short.toUnsignedInt(buffer.getShort());
      Set<String> suspected = new HashSet<>();
      for (int i = 0; i < count; i++) {
        suspected.add(name(buffer));
      }
      return Optional.of(new Heartbeat(node, incarnation, sequence, state, suspected));
    } catch (BufferUnderflowException e) {
      return Optional.empty();
    }
  }

  private static String name(ByteBuffer buffer) {
    byte[] name = new byte[Byte.toUnsignedInt(buffer.get())];
    buffer.get(name);
    return new String(name, UTF_8);
  }
}
