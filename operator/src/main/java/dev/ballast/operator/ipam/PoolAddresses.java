package dev.ballast.operator.ipam;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** {@code AddressPool.spec.addresses}, read: parsed once here, never validated again. */
public sealed interface PoolAddresses {

  /** Ranges in order, none overlapping another. */
  record Ranges(List<AddressRange> ranges) implements PoolAddresses {
    public Ranges {
      ranges = List.copyOf(ranges);
    }
  }

  /** An entry that is not an address, a CIDR or a range; {@code why} is for a person. */
  record Malformed(String entry, String why) implements PoolAddresses {}

  /** Reads all entries, or names the first bad one. */
  static PoolAddresses parse(List<String> entries) {
    List<AddressRange> ranges = new ArrayList<>();
    for (String entry : entries) {
      switch (parseEntry(entry.strip())) {
        case Ranges(var one) -> {
          AddressRange added = one.getFirst();
          Optional<AddressRange> twin = ranges.stream().filter(added::overlaps).findFirst();
          if (twin.isPresent()) {
            return new Malformed(
                entry,
                "it overlaps "
                    + twin.get().first()
                    + "-"
                    + twin.get().last()
                    + " of the same pool");
          }
          ranges.add(added);
        }
        case Malformed malformed -> {
          return malformed;
        }
      }
    }
    Collections.sort(ranges);
    return new Ranges(ranges);
  }

  /** Reads all entries of {@code exclude}, which may overlap, or names the first bad one. */
  static PoolAddresses parseExcluded(List<String> entries) {
    List<AddressRange> ranges = new ArrayList<>();
    for (String entry : entries) {
      switch (parseEntry(entry.strip())) {
        case Ranges(var one) -> ranges.addAll(one);
        case Malformed malformed -> {
          return malformed;
        }
      }
    }
    return new Ranges(ranges);
  }

  private static PoolAddresses parseEntry(String entry) {
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
      return new Malformed(
          entry, "'" + (from.isEmpty() ? first : last) + "' is not an IPv4 or IPv6 address");
    }
    if (from.get().family() != to.get().family()) {
      return new Malformed(entry, "its ends are of different families");
    }
    if (from.get().compareTo(to.get()) > 0) {
      return new Malformed(entry, "its first address is higher than its last");
    }
    return new Ranges(List.of(new AddressRange(from.get(), to.get())));
  }

  private static PoolAddresses parseCidr(String entry, String address, String length) {
    Optional<IpAddress> ip = IpAddress.parse(address);
    if (ip.isEmpty()) {
      return new Malformed(entry, "'" + address + "' is not an IPv4 or IPv6 address");
    }
    if (!length.matches("\\d{1,3}") || Integer.parseInt(length) > ip.get().bits()) {
      return new Malformed(entry, "the prefix length must be from 0 to " + ip.get().bits());
    }
    int prefix = Integer.parseInt(length);
    return new Ranges(
        List.of(new AddressRange(ip.get().networkOf(prefix), ip.get().broadcastOf(prefix))));
  }
}
