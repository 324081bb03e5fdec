package dev.ballast.operator.ipam.pool;

import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import java.util.List;
import java.util.Optional;

/**
 * Special-purpose addresses that no host can use in any network (RFC 6890, RFC 4291). No pool
 * allocates them. Loopback is not among them, because a cluster on one machine can use it.
 */
final class SpecialPurposeRanges {

  static final List<ClusterAddresses.NamedRange> RANGES =
      List.of(
          range("the unspecified address", "0.0.0.0", "0.0.0.0"),
          range("multicast", "224.0.0.0", "239.255.255.255"),
          range("the limited broadcast address", "255.255.255.255", "255.255.255.255"),
          range("the unspecified address", "::", "::"),
          // A client needs a zone to reach one, and EXTERNAL-IP has none.
          range("link-local", "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
          range("multicast", "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));

  private static ClusterAddresses.NamedRange range(String description, String first, String last) {
    return new ClusterAddresses.NamedRange(
        description,
        new AddressRange(
            IpAddress.parse(first).orElseThrow(), IpAddress.parse(last).orElseThrow()));
  }

  /** The special purpose of the address; empty if it has none. */
  static Optional<String> descriptionOf(IpAddress address) {
    return RANGES.stream()
        .filter(range -> range.range().contains(address))
        .map(ClusterAddresses.NamedRange::description)
        .findFirst();
  }

  private SpecialPurposeRanges() {}
}
