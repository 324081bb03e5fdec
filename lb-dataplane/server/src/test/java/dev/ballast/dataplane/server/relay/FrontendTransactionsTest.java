package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.Frontend;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.steering.FrontendChanges;
import dev.ballast.dataplane.server.steering.FrontendVerdict;
import dev.ballast.dataplane.server.steering.SteeringMode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** What the steering is told of frontends, and what happens when it fails. */
@EnabledIf("dev.ballast.dataplane.server.announce.NetworkNamespace#isRoot")
class FrontendTransactionsTest {

  private final RecordingSteering steering = new RecordingSteering(SteeringMode.TPROXY);
  private final RelayFixture relay = new RelayFixture(TestedEngine.EPOLL, steering);
  private TestBackend backend;

  @BeforeEach
  void open() throws IOException {
    backend = TestBackend.named('a');
  }

  @AfterEach
  void close() {
    relay.close();
    backend.close();
  }

  @Test
  void all_frontends_of_a_change_open_together_and_refuse_together_before_they_are_removed()
      throws Exception {
    // Given
    var accepting = new FrontendChanges(all(FrontendVerdict.ACCEPT), Set.of());

    // When
    relay.apply(
        relay.server(RelayFixture.WEB, RelayFixture.POLICY, frontend(1), frontend(2), frontend(3)));
    relay.apply();

    // Then
    assertThat(steering.changes())
        .startsWith(
            accepting, new FrontendChanges(all(FrontendVerdict.ACCEPT_ESTABLISHED), Set.of()));
    assertThat(steering.changes().subList(2, steering.changes().size()))
        .flatMap(FrontendChanges::removed)
        .containsExactlyInAnyOrderElementsOf(accepting.set().keySet());
  }

  @Test
  void draining_accepts_no_new_connections_and_removes_nothing() throws Exception {
    // Given
    relay.apply(
        relay.server(RelayFixture.WEB, RelayFixture.POLICY, frontend(1), frontend(2), frontend(3)));

    // When
    relay.relay.drain(Duration.ZERO).toCompletableFuture().join();

    // Then
    assertThat(steering.changes().getLast())
        .isEqualTo(new FrontendChanges(all(FrontendVerdict.ACCEPT_ESTABLISHED), Set.of()));
  }

  @Test
  void a_rejected_change_is_reported_and_retried() throws Exception {
    // Given
    steering.fail(true);

    // When
    relay.serve(backend);

    // Then
    assertThat(relay.listenState())
        .isInstanceOfSatisfying(
            ListenerState.ListenFailed.class,
            failed -> {
              assertThat(failed.reason()).hasToString("SteeringFailed");
              assertThat(failed.message()).contains("the kernel says no");
            });
    steering.fail(false);
    await().until(() -> relay.listenState() instanceof ListenerState.Listening);
    assertThat(steering.changes()).hasSize(1);
  }

  @Test
  void a_removal_that_is_rejected_is_retried() throws Exception {
    // Given
    relay.serve(backend);
    steering.fail(true);
    relay.apply();

    // When
    steering.fail(false);

    // Then
    Binding removed = new Binding(relay.address, relay.port, Protocol.TCP);
    await()
        .untilAsserted(
            () ->
                assertThat(steering.changes().getLast())
                    .isEqualTo(new FrontendChanges(Map.of(), Set.of(removed))));
  }

  private Map<Binding, FrontendVerdict> all(FrontendVerdict verdict) {
    return Map.of(
        new Binding(relay.address, 1, Protocol.TCP), verdict,
        new Binding(relay.address, 2, Protocol.TCP), verdict,
        new Binding(relay.address, 3, Protocol.TCP), verdict);
  }

  private Frontend frontend(int port) {
    return RelayFixture.frontend(port, List.of(backend.endpoint(RelayFixture.READY)));
  }
}
