package dev.ballast.operator.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.operator.ipam.net.IpAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Checks that no Service moves without a request, from one stable state to the next. */
final class StablePlacements {

  /** The address of a Service, and the generation of its request. */
  private record Placement(IpAddress address, int generation) {}

  private final Map<String, Placement> placements = new HashMap<>();

  /** A person deleted its Address. */
  void forget(String uid) {
    placements.remove(uid);
  }

  /**
   * Compares the stable state with the previous one.
   *
   * @param services by UID
   * @param held the address of each Service that has one
   * @param rejected Services that keep their old address until the requested one is available
   */
  void check(
      Map<String, RequestedAddresses> services, Map<String, IpAddress> held, Set<String> rejected) {
    Map<String, Placement> now =
        held.entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey,
                    entry ->
                        new Placement(
                            entry.getValue(), services.get(entry.getKey()).generation())));
    placements.forEach((uid, before) -> checkOne(uid, before, services.get(uid), now.get(uid)));
    placements.clear();
    placements.putAll(now);
    placements
        .keySet()
        .removeIf(uid -> rejected.contains(uid) && !services.get(uid).requestsSpecificAddress());
  }

  private static void checkOne(
      String uid,
      Placement before,
      @Nullable RequestedAddresses requestedAddresses,
      @Nullable Placement now) {
    if (requestedAddresses == null || requestedAddresses.generation() != before.generation()) {
      return;
    }
    // It may have waited for the requested address while another Service held it.
    if (now == null || !requestedAddresses.requestsAddress(now.address())) {
      assertThat(now).as(uid).isEqualTo(before);
    }
  }
}
