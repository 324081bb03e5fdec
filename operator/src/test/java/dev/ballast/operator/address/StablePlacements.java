package dev.ballast.operator.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.operator.ipam.net.IpAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Where Services were when all had come to rest: from one rest to the next none moves unasked. */
final class StablePlacements {

  /** Where one was, and by which request. */
  private record Rest(IpAddress address, int asked) {}

  private final Map<String, Rest> rests = new HashMap<>();

  /** Its address was taken away by a person. */
  void forget(String uid) {
    rests.remove(uid);
  }

  /**
   * All has come to rest again.
   *
   * @param services by UID
   * @param held the address of each that has one
   * @param refused who had to stay where it is: it moves once what it asks for can be had
   */
  void check(
      Map<String, RequestedAddresses> services, Map<String, IpAddress> held, Set<String> refused) {
    Map<String, Rest> now =
        held.entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey,
                    entry -> new Rest(entry.getValue(), services.get(entry.getKey()).asked())));
    rests.forEach((uid, before) -> checkOne(uid, before, services.get(uid), now.get(uid)));
    rests.clear();
    rests.putAll(now);
    rests.keySet().removeIf(uid -> refused.contains(uid) && !services.get(uid).asksForOne());
  }

  private static void checkOne(
      String uid,
      Rest before,
      @Nullable RequestedAddresses requestedAddresses,
      @Nullable Rest now) {
    if (requestedAddresses == null || requestedAddresses.asked() != before.asked()) {
      return;
    }
    // It may have waited for what it asks for while another had it.
    if (now == null || !requestedAddresses.asksFor(now.address())) {
      assertThat(now).as(uid).isEqualTo(before);
    }
  }
}
