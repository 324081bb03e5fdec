package dev.ballast.dataplane.server.relay.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("feature:limits")
class UnsentBytesTest {

  private static final int READ = 64 * 1024;

  private final UnsentBytes unsent = new UnsentBytes(4 * READ);

  @Test
  void reads_become_small_when_half_of_the_memory_is_used() {
    // Given
    assertThat(unsent.maxRead(READ)).isEqualTo(READ);
    unsent.tryAdd(READ);
    unsent.tryAdd(READ);
    unsent.tryAdd(1);

    // When
    int most = unsent.maxRead(READ);

    // Then
    assertThat(most).isEqualTo(UnsentBytes.SMALL_READ);
    unsent.remove(READ);
    assertThat(unsent.maxRead(READ)).isEqualTo(READ);
  }

  @Test
  void no_more_is_kept_than_there_is_memory_for() {
    // Given
    unsent.tryAdd(4 * READ - 1);

    // When
    boolean added = unsent.tryAdd(2);

    // Then
    assertThat(added).isFalse();
    assertThat(unsent.tryAdd(1)).isTrue();
  }
}
