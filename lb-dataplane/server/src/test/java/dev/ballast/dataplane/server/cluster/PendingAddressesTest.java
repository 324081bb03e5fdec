package dev.ballast.dataplane.server.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PendingAddressesTest {

  private static final InetAddress TEN = InetAddress.ofLiteral("192.0.2.10");

  private long nanoTime = Long.MAX_VALUE - 1;
  private final PendingAddresses pendingAddresses = new PendingAddresses(() -> nanoTime);

  @Test
  void an_address_of_the_first_list_is_not_new() {
    // When
    boolean added = pendingAddresses.add(TEN);

    // Then
    assertThat(added).isFalse();
    assertThat(pendingAddresses.recent()).isEmpty();
  }

  @Test
  void an_address_after_the_first_list_is_pending_for_a_second() {
    // Given
    pendingAddresses.setListed();
    pendingAddresses.add(TEN);
    nanoTime += Duration.ofMillis(900).toNanos();
    assertThat(pendingAddresses.recent()).containsExactly(TEN);

    // When
    nanoTime += Duration.ofMillis(200).toNanos();

    // Then
    assertThat(pendingAddresses.recent()).isEmpty();
  }
}
