package dev.ballast.operator.ipam.pool;

import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Parses the addresses of an AddressPool: single addresses, CIDRs and ranges. */
public final class PoolAddressParser {

  /** Parses {@code spec.addresses}; stops at the first invalid entry. */
  public static RangeParseResult parse(List<String> entries) {
    List<AddressRange> ranges = new ArrayList<>();
    for (String entry : entries) {
      switch (parseEntry(entry.strip())) {
        case RangeParseResult.ParsedRanges(var one) -> {
          AddressRange added = one.getFirst();
          Optional<AddressRange> overlapping = ranges.stream().filter(added::overlaps).findFirst();
          if (overlapping.isPresent()) {
            return new RangeParseResult.MalformedRange(
                entry,
                "it overlaps %s-%s of the same pool"
                    .formatted(overlapping.get().first(), overlapping.get().last()));
          }
          ranges.add(added);
        }
        case RangeParseResult.MalformedRange malformed -> {
          return malformed;
        }
      }
    }
    Collections.sort(ranges);
    return new RangeParseResult.ParsedRanges(ranges);
  }

  /** Parses {@code spec.exclude}, whose entries may overlap; stops at the first invalid entry. */
  public static RangeParseResult parseExcluded(List<String> entries) {
    List<AddressRange> ranges = new ArrayList<>();
    for (String entry : entries) {
      switch (parseEntry(entry.strip())) {
        case RangeParseResult.ParsedRanges(var one) -> ranges.addAll(one);
        case RangeParseResult.MalformedRange malformed -> {
          return malformed;
        }
      }
    }
    return new RangeParseResult.ParsedRanges(ranges);
  }

  private static RangeParseResult parseEntry(String entry) {
    int slash = entry.indexOf('/');
    int dash = entry.indexOf('-');
    if (slash >= 0) {
      return parseCidr(entry, entry.substring(0, slash), entry.substring(slash + 1));
    }
    String first = dash < 0 ? entry : entry.substring(0, dash).strip();
    String last = dash < 0 ? entry : entry.substring(dash + 1).strip();
    Optional<IpAddress> from = IpAddress.parse(first);
    Optional<IpAddress> to = IpAddress.parse(last);
    if (from.isEmpty() || to.isEmpty()) {
      return new RangeParseResult.MalformedRange(
          entry, "'" + (from.isEmpty() ? first : last) + "' is not an IPv4 or IPv6 address");
    }
    if (from.get().family() != to.get().family()) {
      return new RangeParseResult.MalformedRange(
          entry, "its first and last address are of different families");
    }
    if (from.get().compareTo(to.get()) > 0) {
      return new RangeParseResult.MalformedRange(
          entry, "its first address is higher than its last address");
    }
    return new RangeParseResult.ParsedRanges(List.of(new AddressRange(from.get(), to.get())));
  }

  private static RangeParseResult parseCidr(String entry, String address, String length) {
    Optional<IpAddress> ip = IpAddress.parse(address);
    if (ip.isEmpty()) {
      return new RangeParseResult.MalformedRange(
          entry, "'" + address + "' is not an IPv4 or IPv6 address");
    }
    if (!length.matches("\\d{1,3}") || Integer.parseInt(length) > ip.get().bits()) {
      return new RangeParseResult.MalformedRange(
          entry, "its prefix length is not in the range 0 to " + ip.get().bits());
    }
    int prefix = Integer.parseInt(length);
    return new RangeParseResult.ParsedRanges(
        List.of(new AddressRange(ip.get().networkOf(prefix), ip.get().broadcastOf(prefix))));
  }

  private PoolAddressParser() {}
}
