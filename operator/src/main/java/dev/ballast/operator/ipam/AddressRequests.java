package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a Service asks for, read: parsed once here, never validated again. */
public sealed interface AddressRequests {

  /** One wish for every family of the Service, in their order. */
  record ParsedRequests(List<AddressRequest> wishes) implements AddressRequests {
    public ParsedRequests {
      wishes = List.copyOf(wishes);
    }
  }

  /** A request that cannot be read, or contradicts itself; {@code why} is for a person. */
  record MalformedRequest(String asked, String why) implements AddressRequests {}

  /**
   * Reads a request; blank text asks for nothing in particular.
   *
   * @param families of the Service
   * @param addresses comma-separated, at most one a family; null: any
   * @param pool the one to take from; null: whichever
   */
  static AddressRequests parse(
      List<IpFamily> families, @Nullable String addresses, @Nullable String pool) {
    Map<IpFamily, IpAddress> wanted = new EnumMap<>(IpFamily.class);
    if (addresses != null && !addresses.isBlank()) {
      for (String entry : addresses.split(",", -1)) {
        Optional<IpAddress> address = IpAddress.parse(entry.strip());
        if (address.isEmpty()) {
          return new MalformedRequest(
              addresses, "'" + entry.strip() + "' is not an IPv4 or IPv6 address");
        }
        IpFamily family = address.get().family();
        if (!families.contains(family)) {
          return new MalformedRequest(
              addresses, "the Service has no " + family + " among its spec.ipFamilies");
        }
        if (wanted.put(family, address.get()) != null) {
          return new MalformedRequest(
              addresses, "a Service has one " + family + " address at most");
        }
      }
    }
    String from = pool == null || pool.isBlank() ? null : pool.strip();
    return new ParsedRequests(
        families.stream()
            .map(family -> new AddressRequest(family, wanted.get(family), from))
            .toList());
  }
}
