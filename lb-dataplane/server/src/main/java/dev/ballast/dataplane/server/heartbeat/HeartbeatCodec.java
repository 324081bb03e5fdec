package dev.ballast.dataplane.server.heartbeat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.dataplane.core.failure.Heartbeat;
import dev.ballast.dataplane.core.failure.Heartbeat.SenderState;
import dev.ballast.dataplane.core.failure.HeartbeatContent;
import dev.ballast.dataplane.core.failure.NodeObservation;
import dev.ballast.dataplane.server.heartbeat.KnownSenders.KnownSender;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The form of a heartbeat on the wire. A datagram has, in network byte order:
 *
 * <pre>
 * magic "BLHB" (4)  version (1)  state (1)  incarnation (8)  sequence (8)
 * length of name (1)  name  number of suspected nodes (2)  length of name (1)  name ...
 * only if there is something to say: flags (1), of which the lowest bit means transitional
 *   number of recovered nodes (1)  length of name (1)  name ...
 *   number of observations (1)  node (8) observer (8) sequence (4) kind (2 bits) age (14 bits) ...
 * what later versions add, which this one skips
 * the first 16 bytes of the HMAC-SHA256 of all that is before
 * </pre>
 *
 * <p>A later version appends fields only, so nodes of different versions need no agreement. What is
 * the same as before allocates nothing. Buffers have an array that begins with them. Not
 * thread-safe.
 */
final class HeartbeatCodec {

  /** A datagram that no link fragments (the minimum MTU of IPv6, without headers). */
  static final int MAX_BYTES = 1232;

  private static final int MAGIC = 0x424c4842;
  private static final byte VERSION = 1;
  private static final int TAG_BYTES = 16;
  private static final int STATE_AT = 5;
  private static final int NAME_AT = 22;
  private static final int MAX_RECOVERED = 255;
  private static final int OBSERVATION_BYTES = 22;
  private static final int AGE_BITS = 14;
  private static final int MAX_AGE = (1 << AGE_BITS) - 1;

  private final byte[] self;
  private final KnownSenders senders = new KnownSenders();
  private final DecodeResult.Decoded decoded = new DecodeResult.Decoded();

  /**
   * @param self the name of this node, which sends
   */
  HeartbeatCodec(String self) {
    this.self = self.getBytes(UTF_8);
  }

  /** What a datagram is. */
  sealed interface DecodeResult {

    DecodeResult NOT_VERIFIED = new NotVerified();
    DecodeResult FOREIGN = new Foreign();

    /** A heartbeat, until the next datagram is decoded. */
    final class Decoded implements DecodeResult {
      private @Nullable KnownSender sender;
      private @Nullable HeartbeatContent content;
      private long incarnation;
      private long sequence;

      private Decoded() {}

      /** The sender. */
      String node() {
        return read(sender).name;
      }

      long incarnation() {
        return incarnation;
      }

      long sequence() {
        return sequence;
      }

      HeartbeatContent content() {
        return read(content);
      }

      private static <T> T read(@Nullable T part) {
        if (part == null) {
          throw new IllegalStateException("nothing was decoded");
        }
        return part;
      }

      /** A copy that stays. */
      Heartbeat heartbeat() {
        return new Heartbeat(node(), incarnation, sequence, content());
      }
    }

    /** It looks like a heartbeat, but none of the keys has signed it. */
    record NotVerified() implements DecodeResult {}

    /** It is from another program. */
    record Foreign() implements DecodeResult {}
  }

  /**
   * Writes a heartbeat of this node to a buffer of {@link #MAX_BYTES}, and makes it ready to be
   * sent. What has no room is left out, and follows later.
   */
  void encode(
      long incarnation,
      long sequence,
      HeartbeatContent content,
      HmacSha256 key,
      ByteBuffer buffer) {
    buffer.clear();
    buffer.putInt(MAGIC).put(VERSION).put(code(content.state()));
    buffer.putLong(incarnation).putLong(sequence);
    putName(self, buffer);
    putSuspected(content.suspected(), buffer);
    if (content.transitional()
        || !content.recovered().isEmpty()
        || !content.observations().isEmpty()) {
      buffer.put((byte) (content.transitional() ? 1 : 0));
      putRecovered(content.recovered(), buffer);
      putObservations(content.observations(), buffer);
    }
    int length = buffer.position();
    key.sign(array(buffer), length, TAG_BYTES);
    buffer.position(length + TAG_BYTES).flip();
  }

  private static void putSuspected(Set<String> suspected, ByteBuffer buffer) {
    int countAt = buffer.position();
    short count = 0;
    buffer.putShort(count);
    if (suspected.isEmpty()) {
      return;
    }
    for (String node : suspected) {
      byte[] name = node.getBytes(UTF_8);
      // The flags and the numbers of recovered nodes and of observations follow.
      if (buffer.remaining() < 1 + name.length + 3 + TAG_BYTES) {
        break;
      }
      putName(name, buffer);
      count++;
    }
    buffer.putShort(countAt, count);
  }

  private static void putRecovered(Set<String> recovered, ByteBuffer buffer) {
    int countAt = buffer.position();
    int count = 0;
    buffer.put((byte) 0);
    for (String node : recovered) {
      byte[] name = node.getBytes(UTF_8);
      if (count == MAX_RECOVERED || buffer.remaining() < 1 + name.length + 1 + TAG_BYTES) {
        break;
      }
      putName(name, buffer);
      count++;
    }
    buffer.put(countAt, (byte) count);
  }

  private static void putName(byte[] name, ByteBuffer buffer) {
    buffer.put((byte) name.length).put(name);
  }

  private static void putObservations(List<NodeObservation> observations, ByteBuffer buffer) {
    int room = (buffer.remaining() - 1 - TAG_BYTES) / OBSERVATION_BYTES;
    int count = Math.min(observations.size(), room);
    buffer.put((byte) count);
    for (NodeObservation each : observations.subList(0, count)) {
      int age = Math.clamp(each.ageMillis(), 0, MAX_AGE);
      buffer
          .putLong(each.node())
          .putLong(each.observer())
          .putInt(each.sequence())
          .putShort((short) (code(each.kind()) << AGE_BITS | age));
    }
  }

  /**
   * Reads what was received, from the start of the buffer to its limit.
   *
   * @param keys any of which may have signed it
   * @return valid until the next call
   */
  DecodeResult decode(ByteBuffer buffer, List<HmacSha256> keys) {
    int signed = buffer.limit() - TAG_BYTES;
    if (signed < NAME_AT || buffer.getInt(0) != MAGIC) {
      return DecodeResult.FOREIGN;
    }
    for (int i = 0; i < keys.size(); i++) {
      if (keys.get(i).verifies(array(buffer), signed, TAG_BYTES)) {
        return parse(buffer, signed);
      }
    }
    return DecodeResult.NOT_VERIFIED;
  }

  private DecodeResult parse(ByteBuffer buffer, int signed) {
    try {
      buffer.limit(signed);
      int nameEnd = NAME_AT + 1 + Byte.toUnsignedInt(buffer.get(NAME_AT));
      if (nameEnd > signed) {
        return DecodeResult.FOREIGN;
      }
      byte[] data = array(buffer);
      byte state = data[STATE_AT];
      KnownSender sender = senders.get(data, NAME_AT + 1, nameEnd);
      HeartbeatContent content = sender.find(state, data, nameEnd, signed);
      if (content == null) {
        content = content(state(state), buffer.position(nameEnd));
        sender.put(state, data, nameEnd, signed, content);
      }
      decoded.sender = sender;
      decoded.content = content;
      decoded.incarnation = buffer.getLong(STATE_AT + 1);
      decoded.sequence = buffer.getLong(STATE_AT + 9);
      return decoded;
    } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
      return DecodeResult.FOREIGN;
    }
  }

  private static HeartbeatContent content(SenderState state, ByteBuffer buffer) {
    Set<String> suspected = names(Short.toUnsignedInt(buffer.getShort()), buffer);
    if (buffer.remaining() < 3) {
      return HeartbeatContent.of(state, suspected);
    }
    boolean transitional = (buffer.get() & 1) != 0;
    Set<String> recovered = names(Byte.toUnsignedInt(buffer.get()), buffer);
    int observations = Byte.toUnsignedInt(buffer.get());
    List<NodeObservation> all = new ArrayList<>(observations);
    for (int i = 0; i < observations; i++) {
      long node = buffer.getLong();
      long observer = buffer.getLong();
      int sequence = buffer.getInt();
      int kindAndAge = Short.toUnsignedInt(buffer.getShort());
      NodeObservation.Kind kind = kind(kindAndAge >>> AGE_BITS);
      if (kind != null) {
        all.add(new NodeObservation(node, observer, kind, sequence, kindAndAge & MAX_AGE));
      }
    }
    return new HeartbeatContent(state, suspected, recovered, transitional, all);
  }

  private static Set<String> names(int count, ByteBuffer buffer) {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < count; i++) {
      byte[] name = new byte[Byte.toUnsignedInt(buffer.get())];
      buffer.get(name);
      names.add(new String(name, UTF_8));
    }
    return names;
  }

  private static byte[] array(ByteBuffer buffer) {
    if (buffer.arrayOffset() != 0) {
      throw new IllegalArgumentException("the buffer is a part of its array");
    }
    return buffer.array();
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

  private static int code(NodeObservation.Kind kind) {
    return switch (kind) {
      case SUSPECTED -> 0;
      case HEARD -> 1;
      case ENDED -> 2;
    };
  }

  /** None for one of a later version. */
  private static NodeObservation.@Nullable Kind kind(int code) {
    return switch (code) {
      case 0 -> NodeObservation.Kind.SUSPECTED;
      case 1 -> NodeObservation.Kind.HEARD;
      case 2 -> NodeObservation.Kind.ENDED;
      default -> null;
    };
  }
}
