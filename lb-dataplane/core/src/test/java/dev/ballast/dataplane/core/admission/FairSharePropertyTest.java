package dev.ballast.dataplane.core.admission;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.admission.ServiceAdmission.ConnectionType;
import dev.ballast.dataplane.core.plan.ConnectionLimits;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random sequences of connections that open and end. */
@Tag("feature:traffic")
class FairSharePropertyTest {

  private record Open(int service, InetAddress client, ConnectionType type) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void the_budget_is_never_exceeded_and_all_of_it_comes_back(long seed) {
    // Given
    SplittableRandom random = new SplittableRandom(seed);
    NodeBudget budget = budget(random.nextInt(20, 500), random.nextInt(10, 200));
    List<ServiceAdmission> services = services(budget, random.nextInt(1, 6));
    List<Open> open = new ArrayList<>();

    // When
    for (int step = 0; step < 20_000; step++) {
      if (open.isEmpty() || random.nextInt(100) < 60) {
        Open next =
            new Open(
                random.nextInt(services.size()),
                client(random.nextInt(4)),
                random.nextBoolean() ? ConnectionType.TCP : ConnectionType.UDP);
        if (services
                .get(next.service())
                .admit(next.client(), next.type(), ConnectionLimits.NONE, step)
            == AdmissionResult.ADMITTED) {
          open.add(next);
        }
      } else {
        Open ended = open.remove(random.nextInt(open.size()));
        services.get(ended.service()).release(ended.client(), ended.type());
      }
      assertThat(budget.descriptors().used())
          .isEqualTo(open.stream().mapToInt(FairSharePropertyTest::descriptors).sum())
          .isLessThanOrEqualTo(budget.descriptors().capacity());
    }

    // Then
    open.forEach(each -> services.get(each.service()).release(each.client(), each.type()));
    assertThat(budget.descriptors().used()).isZero();
    assertThat(budget.udpPorts().used()).isZero();
    assertThat(services).allMatch(service -> service.connections() == 0);
  }

  /** UDP: a Service that is rejected gives up a flow of its own for the new one. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5, 10})
  void services_that_want_more_than_there_is_converge_to_equal_shares(int hogs) {
    // Given
    NodeBudget budget = budget(10_000, 10_000);
    List<ServiceAdmission> services = services(budget, hogs);
    int[] flows = new int[hogs];

    // When
    for (int round = 0; round < 30_000; round++) {
      // The first one starts early, and asks twice as often.
      int service = round < 9000 ? 0 : (round % (hogs + 1)) % hogs;
      flows[service] += openFlow(services.get(service), flows[service]);
    }

    // Then
    int share = 8 * 8750 / (8 * hogs + 1) + 1250 / 2 / hogs;
    assertThat(IntStream.of(flows).boxed())
        .allSatisfy(count -> assertThat(count).isBetween(share * 95 / 100, share * 105 / 100));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 20})
  void a_Service_that_needs_little_gets_it_while_others_take_all_they_can(int hogs) {
    // Given
    NodeBudget budget = budget(10_000, 10_000);
    List<ServiceAdmission> services = services(budget, hogs);
    services.forEach(
        service -> {
          for (int flow = 0; flow < 10_000; flow++) {
            service.admit(client(flow), ConnectionType.UDP, ConnectionLimits.NONE, 0);
          }
        });
    ServiceAdmission small = new ServiceAdmission(budget, 0);

    // When
    int admitted = 0;
    while (admitted < 10_000
        && small.admit(client(admitted), ConnectionType.UDP, ConnectionLimits.NONE, 0)
            == AdmissionResult.ADMITTED) {
      admitted++;
    }

    // Then
    int reserveOfEach = 10_000 / 8 / 2 / (hogs + 1);
    assertThat(admitted).isGreaterThanOrEqualTo(reserveOfEach * 85 / 100);
  }

  /** Returns by how much the number of its flows changes. */
  private static int openFlow(ServiceAdmission service, int flows) {
    int change = 0;
    for (int attempt = 0; attempt < 3; attempt++) {
      InetAddress client = client(flows + change);
      if (service.admit(client, ConnectionType.UDP, ConnectionLimits.NONE, 0)
          == AdmissionResult.ADMITTED) {
        return change + 1;
      }
      if (flows + change == 0) {
        return change;
      }
      change--;
      service.release(client(flows + change), ConnectionType.UDP);
    }
    return change;
  }

  private static int descriptors(Open open) {
    return switch (open.type()) {
      case TCP -> 2;
      case UDP -> 1;
    };
  }

  private static NodeBudget budget(int descriptors, int udpPorts) {
    return new NodeBudget(
        new SharedResource(descriptors), new SharedResource(udpPorts), new SharedResource(1), 1);
  }

  private static List<ServiceAdmission> services(NodeBudget budget, int count) {
    return IntStream.range(0, count).mapToObj(i -> new ServiceAdmission(budget, 0)).toList();
  }

  private static InetAddress client(int number) {
    return InetAddress.ofLiteral("198.18.%d.%d".formatted(number / 256 % 256, number % 256));
  }
}
