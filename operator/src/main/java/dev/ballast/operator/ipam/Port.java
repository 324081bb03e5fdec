package dev.ballast.operator.ipam;

import java.util.Comparator;

/** What two Services cannot both have at one address. */
public record Port(String protocol, int number) implements Comparable<Port> {

  private static final Comparator<Port> ORDER =
      Comparator.comparingInt(Port::number).thenComparing(Port::protocol);

  @Override
  public int compareTo(Port other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return number + "/" + protocol;
  }
}
