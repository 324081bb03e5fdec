package dev.ballast.dataplane.server.relay.backend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.admission.AdmissionResult;
import dev.ballast.dataplane.core.plan.ServiceKey;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Two Services, of which one has two ports. */
@Tag("feature:limits")
class RejectionMonitorTest {

  private static final ServiceKey WEB = new ServiceKey("default", "web");
  private static final ServiceKey OTHER = new ServiceKey("default", "other");

  private final RejectionMonitor monitor = new RejectionMonitor();
  private final TrafficCounters http = new TrafficCounters();
  private final TrafficCounters https = new TrafficCounters();
  private final TrafficCounters other = new TrafficCounters();
  private long nowNanos;

  @BeforeEach
  void addPorts() {
    monitor.add(WEB, http);
    monitor.add(WEB, https);
    monitor.add(OTHER, other);
  }

  @Test
  void rejections_at_any_port_count_for_the_service() {
    // Given
    http.connectionRejected(AdmissionResult.SERVICE_LIMIT);
    assertThat(nextPeriod()).isEmpty();
    https.connectionRejected(AdmissionResult.SERVICE_LIMIT);

    // When
    Set<ServiceKey> changed = nextPeriod();

    // Then
    assertThat(changed).containsExactly(WEB);
    assertThat(monitor.lastingRejections(WEB)).containsExactly(AdmissionResult.SERVICE_LIMIT);
    assertThat(monitor.lastingRejections(OTHER)).isEmpty();
  }

  @Test
  void a_rejection_counts_in_the_period_after_it_and_not_again() {
    // Given
    http.connectionRejected(AdmissionResult.SERVICE_LIMIT);
    nextPeriod();

    // When
    Set<ServiceKey> changed = nextPeriod();

    // Then
    assertThat(changed).isEmpty();
    assertThat(monitor.lastingRejections(WEB)).isEmpty();
  }

  @Test
  void a_service_that_rejects_for_another_reason_each_time_is_not_reported() {
    // Given
    http.connectionRejected(AdmissionResult.SERVICE_LIMIT);
    nextPeriod();
    http.connectionRejected(AdmissionResult.CLIENT_LIMIT);

    // When
    Set<ServiceKey> changed = nextPeriod();

    // Then
    assertThat(changed).isEmpty();
  }

  @Test
  void the_end_is_a_change_too() {
    // Given
    rejectInTwoPeriods();
    for (int i = 0; i < 11; i++) {
      assertThat(nextPeriod()).isEmpty();
    }

    // When
    Set<ServiceKey> changed = nextPeriod();

    // Then
    assertThat(changed).containsExactly(WEB);
    assertThat(monitor.lastingRejections(WEB)).isEmpty();
  }

  @Test
  void the_rejections_of_a_removed_port_end_as_well() {
    // Given
    rejectInTwoPeriods();
    monitor.remove(http);
    http.connectionRejected(AdmissionResult.SERVICE_LIMIT);
    for (int i = 0; i < 11; i++) {
      nextPeriod();
    }

    // When
    Set<ServiceKey> changed = nextPeriod();

    // Then
    assertThat(changed).containsExactly(WEB);
  }

  private void rejectInTwoPeriods() {
    for (int i = 0; i < 2; i++) {
      http.connectionRejected(AdmissionResult.SERVICE_LIMIT);
      nextPeriod();
    }
    assertThat(monitor.lastingRejections(WEB)).containsExactly(AdmissionResult.SERVICE_LIMIT);
  }

  private Set<ServiceKey> nextPeriod() {
    nowNanos += TimeUnit.SECONDS.toNanos(RejectionMonitor.PERIOD_SECONDS);
    return monitor.read(nowNanos);
  }
}
