package dev.ballast.dataplane.server.announce;

import java.util.Arrays;

/** An Ethernet interface. */
final class LanInterface {

  final String name;
  final int index;
  final byte[] mac;

  LanInterface(String name, int index, byte[] mac) {
    this.name = name;
    this.index = index;
    this.mac = mac;
  }

  /** Whether frames for this interface and for {@code other} reach the same place. */
  boolean isSameAs(LanInterface other) {
    return index == other.index && Arrays.equals(mac, other.mac);
  }
}
