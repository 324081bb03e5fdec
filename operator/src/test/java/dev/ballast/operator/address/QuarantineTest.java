package dev.ballast.operator.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.operator.ipam.Allocator;
import dev.ballast.operator.ipam.net.IpAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("feature:address")
class QuarantineTest {

  private static final IpAddress TEN = IpAddress.parse("192.0.2.10").orElseThrow();

  private final Allocator allocator = new Allocator();
  private final AtomicInteger changes = new AtomicInteger();

  @Test
  void an_address_is_tried_again_after_a_while() {
    try (var quarantine =
        new Quarantine(allocator, Duration.ofMillis(200), changes::incrementAndGet)) {
      // When
      quarantine.begin(TEN, "it answers already");

      // Then
      assertThat(allocator.whyContested(TEN)).contains("it answers already");
      await().until(() -> allocator.whyContested(TEN).isEmpty());
      await().until(() -> changes.get() == 2);
    }
  }

  @Test
  void a_repeated_report_changes_nothing() {
    try (var quarantine = new Quarantine(allocator, Quarantine.SPAN, changes::incrementAndGet)) {
      // Given
      quarantine.begin(TEN, "it answers already");

      // When
      boolean news = quarantine.begin(TEN, "it answers already");

      // Then
      assertThat(news).isFalse();
      assertThat(changes).hasValue(1);
      quarantine.end(TEN);
      quarantine.end(TEN);
      assertThat(changes).hasValue(2);
    }
  }
}
