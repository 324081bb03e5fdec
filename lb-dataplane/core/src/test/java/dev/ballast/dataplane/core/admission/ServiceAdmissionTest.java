package dev.ballast.dataplane.core.admission;

import static dev.ballast.dataplane.core.admission.AdmissionResult.ADMITTED;
import static dev.ballast.dataplane.core.plan.ConnectionLimits.UNLIMITED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.admission.ServiceAdmission.ConnectionType;
import dev.ballast.dataplane.core.plan.ConnectionLimits;
import java.net.InetAddress;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("feature:traffic")
class ServiceAdmissionTest {

  private static final int CAPACITY = 9000;
  private static final InetAddress CLIENT = client(1);

  private final NodeBudget budget =
      new NodeBudget(
          new SharedResource(CAPACITY), new SharedResource(900), new SharedResource(900), 100);
  private final ServiceAdmission web = new ServiceAdmission(budget, 0);
  private final ServiceAdmission other = new ServiceAdmission(budget, 0);

  @Test
  void a_Service_alone_uses_nearly_all_of_the_node() {
    // When
    int admitted = admitMany(web, ConnectionType.TCP);

    // Then
    assertThat(admitted * 2).isBetween(CAPACITY * 80 / 100, CAPACITY);
  }

  @Test
  void one_client_alone_uses_most_of_the_node() {
    // When
    int admitted = 0;
    while (admit(web, CLIENT, ConnectionType.TCP, ConnectionLimits.NONE) == ADMITTED) {
      admitted++;
    }

    // Then
    assertThat(admitted * 2).isBetween(CAPACITY * 75 / 100, CAPACITY);
    assertThat(admit(web, CLIENT, ConnectionType.TCP, ConnectionLimits.NONE))
        .isEqualTo(AdmissionResult.CLIENT_SHARE);
    assertThat(admit(web, client(2), ConnectionType.TCP, ConnectionLimits.NONE))
        .isEqualTo(ADMITTED);
  }

  @Test
  void a_Service_gets_connections_while_another_one_takes_all_that_it_can() {
    // Given
    admitMany(web, ConnectionType.TCP);

    // When
    int admitted = admitMany(other, ConnectionType.TCP);

    // Then
    assertThat(admitted * 2).isGreaterThan(CAPACITY * 9 / 100);
    assertThat(admit(web, client(3), ConnectionType.TCP, ConnectionLimits.NONE))
        .isEqualTo(AdmissionResult.SERVICE_SHARE);
  }

  @Test
  void flows_leave_local_ports_to_other_Services() {
    // Given
    int flows = admitMany(web, ConnectionType.UDP);

    // When
    AdmissionResult result = admit(other, CLIENT, ConnectionType.UDP, ConnectionLimits.NONE);

    // Then
    assertThat(flows).isBetween(720, 800);
    assertThat(result).isEqualTo(ADMITTED);
  }

  @Test
  void a_Service_has_no_more_connections_than_its_limit() {
    // Given
    ConnectionLimits limits = new ConnectionLimits(2, UNLIMITED, UNLIMITED, UNLIMITED);
    admit(web, client(1), ConnectionType.TCP, limits);
    admit(web, client(2), ConnectionType.TCP, limits);

    // When
    AdmissionResult third = admit(web, client(3), ConnectionType.TCP, limits);

    // Then
    assertThat(third).isEqualTo(AdmissionResult.SERVICE_LIMIT);
    web.release(client(1), ConnectionType.TCP);
    assertThat(admit(web, client(3), ConnectionType.TCP, limits)).isEqualTo(ADMITTED);
  }

  @Test
  void a_client_has_no_more_connections_than_its_limit_and_others_have_theirs() {
    // Given
    ConnectionLimits limits = new ConnectionLimits(UNLIMITED, UNLIMITED, 1, UNLIMITED);
    admit(web, client(1), ConnectionType.TCP, limits);

    // When
    AdmissionResult second = admit(web, client(1), ConnectionType.UDP, limits);

    // Then
    assertThat(second).isEqualTo(AdmissionResult.CLIENT_LIMIT);
    assertThat(admit(web, client(2), ConnectionType.UDP, limits)).isEqualTo(ADMITTED);
  }

  @Test
  void new_connections_beyond_the_rate_are_rejected_until_time_has_passed() {
    // Given
    ConnectionLimits limits = new ConnectionLimits(UNLIMITED, 10, UNLIMITED, UNLIMITED);
    for (int i = 0; i < 10; i++) {
      assertThat(web.admit(CLIENT, ConnectionType.TCP, limits, 1)).isEqualTo(ADMITTED);
    }

    // When
    AdmissionResult eleventh = web.admit(CLIENT, ConnectionType.TCP, limits, 1);

    // Then
    assertThat(eleventh).isEqualTo(AdmissionResult.SERVICE_RATE);
    assertThat(web.admit(CLIENT, ConnectionType.TCP, limits, 100_000_001)).isEqualTo(ADMITTED);
    assertThat(web.connections()).isEqualTo(11);
  }

  @Test
  void what_is_released_is_free_again() {
    // Given
    int admitted = admitMany(web, ConnectionType.TCP);

    // When
    for (int i = 0; i < admitted; i++) {
      web.release(client(i), ConnectionType.TCP);
    }

    // Then
    assertThat(budget.descriptors().used()).isZero();
    assertThat(web.connections()).isZero();
    assertThat(admitMany(web, ConnectionType.TCP)).isEqualTo(admitted);
  }

  /** Connections of different clients, until one is rejected. */
  private static int admitMany(ServiceAdmission service, ConnectionType type) {
    int admitted = 0;
    while (admit(service, client(admitted), type, ConnectionLimits.NONE) == ADMITTED) {
      admitted++;
    }
    return admitted;
  }

  private static AdmissionResult admit(
      ServiceAdmission service, InetAddress client, ConnectionType type, ConnectionLimits limits) {
    return service.admit(client, type, limits, 1);
  }

  private static InetAddress client(int number) {
    return InetAddress.ofLiteral("198.18.%d.%d".formatted(number / 256 % 256, number % 256));
  }
}
