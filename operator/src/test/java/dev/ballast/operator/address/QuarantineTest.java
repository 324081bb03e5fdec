package dev.ballast.operator.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.operator.ipam.Ipam;
import dev.ballast.operator.ipam.net.IpAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("feature:address")
class QuarantineTest {

  private static final IpAddress TEN = IpAddress.parse("192.0.2.10").orElseThrow();

  private final Ipam ipam = new Ipam();
  private final AtomicInteger changes = new AtomicInteger();

  @Test
  void an_address_is_available_again_after_the_quarantine() {
    try (var quarantine =
        new Quarantine(ipam.conflicts(), Duration.ofMillis(200), changes::incrementAndGet)) {
      // When
      quarantine.start(TEN, "it answers already");

      // Then
      assertThat(ipam.conflicts().reason(TEN)).contains("it answers already");
      await().until(() -> ipam.conflicts().reason(TEN).isEmpty());
      await().until(() -> changes.get() == 2);
    }
  }

  @Test
  void a_second_report_changes_nothing() {
    try (var quarantine =
        new Quarantine(ipam.conflicts(), Quarantine.DURATION, changes::incrementAndGet)) {
      // Given
      quarantine.start(TEN, "it answers already");

      // When
      boolean added = quarantine.start(TEN, "it answers already");

      // Then
      assertThat(added).isFalse();
      assertThat(changes).hasValue(1);
      quarantine.end(TEN);
      quarantine.end(TEN);
      assertThat(changes).hasValue(2);
    }
  }
}
