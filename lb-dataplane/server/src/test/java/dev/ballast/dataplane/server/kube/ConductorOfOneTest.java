package dev.ballast.dataplane.server.kube;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

/** The same, where every pass is told which Service to look at. */
class ConductorOfOneTest extends ConductorTest {

  @Override
  Agenda.Due due() {
    return new Agenda.Due(false, Set.of(WEB));
  }

  @Override
  @Test
  void nothing_is_done_twice_when_nothing_changes() throws Exception {
    // Given
    cluster.programs.put(WEB, program());
    cluster.slices.put(WEB, slices());
    pass();
    journal.clear();

    // When
    pass();

    // Then
    assertThat(journal).containsExactly("take 198.18.100.7");
  }
}
