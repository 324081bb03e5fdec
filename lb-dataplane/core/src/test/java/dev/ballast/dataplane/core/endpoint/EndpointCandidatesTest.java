package dev.ballast.dataplane.core.endpoint;

import static dev.ballast.dataplane.core.Endpoints.NOT_READY;
import static dev.ballast.dataplane.core.Endpoints.READY;
import static dev.ballast.dataplane.core.Endpoints.SERVING_WHILE_TERMINATING;
import static dev.ballast.dataplane.core.Endpoints.TERMINATING;
import static dev.ballast.dataplane.core.Endpoints.endpoint;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.endpoint.Endpoint.EndpointConditions;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("feature:endpoints")
class EndpointCandidatesTest {

  private final Endpoint ready = endpoint(1, READY);
  private final Endpoint notReady = endpoint(2, NOT_READY);
  private final Endpoint leaving = endpoint(3, SERVING_WHILE_TERMINATING);
  private final Endpoint gone = endpoint(4, TERMINATING);

  @ParameterizedTest(name = "ready {0}, serving {1}, terminating {2}: {3}")
  @CsvSource({
    "true,  true,  false, UP",
    "false, false, false, NOT_READY",
    "false, true,  true,  FALLBACK",
    "false, false, true,  DRAINING",
    // Only with publishNotReadyAddresses.
    "true,  false, false, UP",
    "true,  true,  true,  UP",
    "true,  false, true,  UP",
    // No Pod has these conditions; a manually written EndpointSlice may.
    "false, true,  false, NOT_READY",
  })
  void the_conditions_of_an_endpoint_determine_its_availability(
      boolean ready, boolean serving, boolean terminating, EndpointAvailability expected) {
    assertThat(EndpointAvailability.of(new EndpointConditions(ready, serving, terminating)))
        .isEqualTo(expected);
  }

  @Test
  void only_ready_endpoints_are_used_when_there_are_any() {
    assertThat(EndpointCandidates.of(List.of(leaving, ready, notReady, gone)))
        .containsExactly(ready);
  }

  @Test
  void without_a_ready_endpoint_terminating_endpoints_that_serve_are_used() {
    assertThat(EndpointCandidates.of(List.of(gone, leaving, notReady))).containsExactly(leaving);
  }

  @Test
  void endpoints_that_do_not_serve_are_never_used() {
    assertThat(EndpointCandidates.of(List.of(gone, notReady))).isEmpty();
    assertThat(EndpointCandidates.of(List.of())).isEmpty();
  }
}
