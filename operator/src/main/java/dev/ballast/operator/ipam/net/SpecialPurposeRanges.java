package dev.ballast.operator.ipam.net;

import java.util.List;
import java.util.Optional;

/**
 * Addresses that no host can have, whatever the network (RFC 6890, 4291): no pool gives them.
 * Loopback is not among them, since a cluster on one machine may be all on it.
 */
public final class SpecialPurposeRanges {

  public static final List<ClusterAddresses.NamedRange> RANGES =
      List.of(
          named("the unspecified address", "0.0.0.0", "0.0.0.0"),
          named("multicast", "224.0.0.0", "239.255.255.255"),
          named("the limited broadcast address", "255.255.255.255", "255.255.255.255"),
          named("the unspecified address", "::", "::"),
          // Without a zone, which EXTERNAL-IP has not, nobody could reach one.
          named("link-local", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
          named("multicast", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));

  private static ClusterAddresses.NamedRange named(String word, String first, String last) {
    return new ClusterAddresses.NamedRange(
        word,
        new AddressRange(
            IpAddress.parse(first).orElseThrow(), IpAddress.parse(last).orElseThrow()));
  }

  /** What this address is instead of a host's; empty for one that a host can have. */
  public static Optional<String> wordFor(IpAddress address) {
    return RANGES.stream()
        .filter(range -> range.range().contains(address))
        .map(ClusterAddresses.NamedRange::word)
        .findFirst();
  }

  private SpecialPurposeRanges() {}
}
