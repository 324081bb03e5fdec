package dev.ballast.operator.ipam;

import java.util.Comparator;

/** A port and its protocol. Two Services that share an address cannot both hold it. */
public record ProtocolPort(String protocol, int number) implements Comparable<ProtocolPort> {

  private static final Comparator<ProtocolPort> ORDER =
      Comparator.comparingInt(ProtocolPort::number).thenComparing(ProtocolPort::protocol);

  @Override
  public int compareTo(ProtocolPort other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return number + "/" + protocol;
  }
}
