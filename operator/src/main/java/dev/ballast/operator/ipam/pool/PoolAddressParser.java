package dev.ballast.operator.ipam.pool;

import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** {@code AddressPool.spec.addresses}, read: parsed once here, never validated again. */
public sealed interface PoolAddressParser {

  /** Ranges in order, none overlapping another. */
  record ParsedRanges(List<AddressRange> ranges) implements PoolAddressParser {
    public ParsedRanges {
      ranges = List.copyOf(ranges);
    }
  }

  /** An entry that is not an address, a CIDR or a range; {@code why} is for a person. */
  record MalformedPoolAddress(String entry, String why) implements PoolAddressParser {}

  /** Reads all entries, or names the first bad one. */
  static PoolAddressParser parse(List<String> entries) {
    List<AddressRange> ranges = new ArrayList<>();
    for (String entry : entries) {
      switch (parseEntry(entry.strip())) {
        case ParsedRanges(var one) -> {
          AddressRange added = one.getFirst();
          Optional<AddressRange> twin = ranges.stream().filter(added::overlaps).findFirst();
          if (twin.isPresent()) {
            return new MalformedPoolAddress(
                entry,
                "it overlaps "
                    + twin.get().first()
                    + "-"
                    + twin.get().last()
                    + " of the same pool");
          }
          ranges.add(added);
        }
        case MalformedPoolAddress malformedPoolAddress -> {
          return malformedPoolAddress;
        }
      }
    }
    Collections.sort(ranges);
    return new ParsedRanges(ranges);
  }

  /** Reads all entries of {@code exclude}, which may overlap, or names the first bad one. */
  static PoolAddressParser parseExcluded(List<String> entries) {
    List<AddressRange> ranges = new ArrayList<>();
    for (String entry : entries) {
      switch (parseEntry(entry.strip())) {
        case ParsedRanges(var one) -> ranges.addAll(one);
        case MalformedPoolAddress malformedPoolAddress -> {
          return malformedPoolAddress;
        }
      }
    }
    return new ParsedRanges(ranges);
  }

  private static PoolAddressParser parseEntry(String entry) {
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
      return new MalformedPoolAddress(
          entry, "'" + (from.isEmpty() ? first : last) + "' is not an IPv4 or IPv6 address");
    }
    if (from.get().family() != to.get().family()) {
      return new MalformedPoolAddress(entry, "its ends are of different families");
    }
    if (from.get().compareTo(to.get()) > 0) {
      return new MalformedPoolAddress(entry, "its first address is higher than its last");
    }
    return new ParsedRanges(List.of(new AddressRange(from.get(), to.get())));
  }

  private static PoolAddressParser parseCidr(String entry, String address, String length) {
    Optional<IpAddress> ip = IpAddress.parse(address);
    if (ip.isEmpty()) {
      return new MalformedPoolAddress(entry, "'" + address + "' is not an IPv4 or IPv6 address");
    }
    if (!length.matches("\\d{1,3}") || Integer.parseInt(length) > ip.get().bits()) {
      return new MalformedPoolAddress(
          entry, "the prefix length must be from 0 to " + ip.get().bits());
    }
    int prefix = Integer.parseInt(length);
    return new ParsedRanges(
        List.of(new AddressRange(ip.get().networkOf(prefix), ip.get().broadcastOf(prefix))));
  }
}
