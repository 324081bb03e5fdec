package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The parsed address requests of a Service, or the reason why they cannot be parsed. */
public sealed interface AddressRequests {

  /** One request for each family of the Service, in the order of its families. */
  record ParsedRequests(List<AddressRequest> requests) implements AddressRequests {
    public ParsedRequests {
      requests = List.copyOf(requests);
    }
  }

  /**
   * Requests that cannot be parsed, or contradict each other.
   *
   * @param text as the Service has it
   * @param reason as a clause of a message
   */
  record MalformedRequest(String text, String reason) implements AddressRequests {}

  /**
   * Parses requests; blank text requests nothing in particular.
   *
   * @param families of the Service
   * @param addresses separated by commas, at most one of each family; null: any
   * @param pool the requested pool; null: any
   */
  static AddressRequests parse(
      List<IpFamily> families, @Nullable String addresses, @Nullable String pool) {
    Map<IpFamily, IpAddress> addressByFamily = new EnumMap<>(IpFamily.class);
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
              addresses, "the Service has no " + family + " in spec.ipFamilies");
        }
        if (addressByFamily.put(family, address.get()) != null) {
          return new MalformedRequest(
              addresses, "it contains more than one " + family + " address");
        }
      }
    }
    String poolName = pool == null || pool.isBlank() ? null : pool.strip();
    return new ParsedRequests(
        families.stream()
            .map(family -> new AddressRequest(family, addressByFamily.get(family), poolName))
            .toList());
  }
}
