package dev.ballast.operator.ipam;

import java.util.Comparator;

/** What two Services cannot both have at one address. */
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
