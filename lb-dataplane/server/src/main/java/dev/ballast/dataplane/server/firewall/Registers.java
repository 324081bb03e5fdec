package dev.ballast.dataplane.server.firewall;

import static dev.ballast.dataplane.server.firewall.ExpressionAttributes.number;
import static dev.ballast.dataplane.server.firewall.ExpressionAttributes.operand;

import dev.ballast.dataplane.server.nftables.NftablesExpression;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The values that the expressions of a rule load, as far as they are known. */
final class Registers {

  private static final int META_PROTOCOL_FAMILY = 15;
  private static final int NETWORK_HEADER = 1;
  private static final int CT_STATE = 0;
  private static final int CT_STATE_UNTRACKED = 1 << 6;
  private static final int FIB_ADDRESS_TYPE = 3;
  private static final int FIB_OF_DESTINATION = 2;
  private static final int FIB_LOCAL = 2;
  private static final int SOCKET_TRANSPARENT = 0;
  private static final int BITWISE_MASK_AND_XOR = 0;

  private final Packet packet;
  private final Map<Integer, byte[]> values = new HashMap<>();

  Registers(Packet packet) {
    this.packet = packet;
  }

  /** The first bytes of a register. */
  Optional<byte[]> get(int register, int length) {
    return Optional.ofNullable(values.get(word(register)))
        .filter(value -> value.length >= length)
        .map(value -> Arrays.copyOf(value, length));
  }

  /** Evaluates an expression that loads a register. */
  void load(NftablesExpression expression) {
    switch (expression.name()) {
      case "meta" -> put(number(expression, 1), meta(number(expression, 2)));
      case "ct" -> put(number(expression, 1), connectionTracking(number(expression, 2)));
      case "payload" -> put(number(expression, 1), payload(expression));
      case "fib" -> put(number(expression, 1), fib(expression));
      case "socket" -> put(number(expression, 2), socket(number(expression, 1)));
      case "bitwise" -> put(number(expression, 2), bitwise(expression));
      case "immediate" -> put(number(expression, 1), operand(expression, 2));
      default -> values.clear();
    }
  }

  /**
   * Stores a value.
   *
   * @param register 0 for an expression that does not load one
   */
  private void put(int register, Optional<byte[]> value) {
    if (register != 0) {
      value.ifPresentOrElse(
          known -> values.put(word(register), known), () -> values.remove(word(register)));
    }
  }

  private Optional<byte[]> meta(int key) {
    return when(key == META_PROTOCOL_FAMILY, packet.protocolFamily());
  }

  private static Optional<byte[]> connectionTracking(int key) {
    return when(key == CT_STATE, word(CT_STATE_UNTRACKED, ByteOrder.nativeOrder()));
  }

  private static Optional<byte[]> fib(NftablesExpression expression) {
    boolean typeOfDestination =
        number(expression, 2) == FIB_ADDRESS_TYPE && number(expression, 3) == FIB_OF_DESTINATION;
    return when(typeOfDestination, word(FIB_LOCAL, ByteOrder.nativeOrder()));
  }

  private static Optional<byte[]> socket(int key) {
    return when(key == SOCKET_TRANSPARENT, (byte) 1);
  }

  private Optional<byte[]> payload(NftablesExpression expression) {
    return number(expression, 2) == NETWORK_HEADER
        ? packet.networkHeader(number(expression, 3), number(expression, 4))
        : Optional.empty();
  }

  private Optional<byte[]> bitwise(NftablesExpression expression) {
    Optional<byte[]> value = get(number(expression, 1), number(expression, 3));
    Optional<byte[]> mask = operand(expression, 4);
    Optional<byte[]> xor = operand(expression, 5);
    if (number(expression, 6) != BITWISE_MASK_AND_XOR
        || value.isEmpty()
        || mask.isEmpty()
        || xor.isEmpty()) {
      return Optional.empty();
    }
    byte[] result = value.get();
    for (int i = 0; i < result.length; i++) {
      result[i] = (byte) ((result[i] & mask.get()[i]) ^ xor.get()[i]);
    }
    return Optional.of(result);
  }

  private static Optional<byte[]> when(boolean known, byte... value) {
    return known ? Optional.of(value) : Optional.empty();
  }

  private static byte[] word(int value, ByteOrder order) {
    return ByteBuffer.allocate(4).order(order).putInt(value).array();
  }

  /** Registers 1 to 4 are four words each; the numbers from 8 on are those of the words. */
  private static int word(int register) {
    return register >= 8 ? register : 4 + 4 * register;
  }
}
