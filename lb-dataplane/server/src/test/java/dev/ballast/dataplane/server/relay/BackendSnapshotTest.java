package dev.ballast.dataplane.server.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.admission.NodeBudget;
import dev.ballast.dataplane.core.admission.ServiceAdmission;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.plan.BindingConfig;
import dev.ballast.dataplane.core.plan.ConnectionLimits;
import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import dev.ballast.dataplane.core.plan.Frontend;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.health.HealthCheckScheduler;
import dev.ballast.dataplane.server.relay.backend.Backend;
import dev.ballast.dataplane.server.relay.backend.BackendSet;
import dev.ballast.dataplane.server.relay.backend.TrafficCounters;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When the snapshot of a backend set is replaced. */
class BackendSnapshotTest {

  private final DefaultEventLoop control = new DefaultEventLoop();
  private final HealthCheckScheduler healthChecks =
      HealthCheckScheduler.on(List.of(control), address -> new EmbeddedChannel());

  @AfterEach
  void close() {
    var unused = control.shutdownGracefully();
  }

  @Test
  void
      an_equal_configuration_keeps_the_snapshot_so_a_change_of_one_service_costs_the_others_nothing() {
    // Given
    BackendSet backends = backends(claim(RelayFixture.POLICY, 5000));
    BackendSet.BackendSnapshot before = backends.snapshot();

    // When
    backends.update(claim(RelayFixture.POLICY, 5000));

    // Then
    assertThat(backends.snapshot()).isSameAs(before);
  }

  @Test
  void a_new_endpoint_replaces_the_snapshot_and_keeps_the_counts_of_the_others() {
    // Given
    BackendSet backends = backends(claim(RelayFixture.POLICY, 2));
    backends.snapshot().usable().getLast().connectionOpened();

    // When
    backends.update(claim(RelayFixture.POLICY, 3));

    // Then
    assertThat(backends.snapshot().usable())
        .extracting(Backend::connections)
        .containsExactly(0, 1, 0);
  }

  @Test
  void a_changed_policy_replaces_the_snapshot() {
    // Given
    BackendSet backends = backends(claim(RelayFixture.POLICY, 2));

    // When
    backends.update(claim(TestPolicies.clientIp(), 2));

    // Then
    assertThat(backends.snapshot().affinityTable()).isNotNull();
  }

  private BackendSet backends(BindingConfig config) {
    return new BackendSet(
        config,
        new TrafficCounters(),
        new ServiceAdmission(NodeBudget.unlimited(), 0),
        ConnectionLimits.UNLIMITED,
        control,
        healthChecks,
        () -> {});
  }

  /** For UDP, which has no health checks. */
  private static BindingConfig claim(ConnectionPolicy policy, int endpoints) {
    List<Endpoint> all =
        IntStream.range(1, endpoints + 1)
            .mapToObj(port -> TestBackend.endpoint(port, RelayFixture.READY))
            .toList();
    return new BindingConfig(
        RelayFixture.WEB,
        new Frontend("web", 80, Protocol.UDP, all),
        policy,
        RelayFixture.LOCALITY);
  }
}
