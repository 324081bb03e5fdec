package dev.ballast.operator.ipam.net;

/** Spelled as in {@code Service.spec.ipFamilies}. */
public enum IpFamily {
  IPv4,
  IPv6
}
