package dev.ballast.dataplane.server.kube;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.plan.ServiceId;
import dev.ballast.dataplane.server.announce.Taken;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a pass does for one Service beside ten thousand others, all served by this node. */
class ManyProgramsTest {

  private static final int OTHERS = 10_000;
  private static final ServiceId ONE = new ServiceId("default", "one");

  private final FakeCluster cluster = new FakeCluster();
  private final FakeServing serving = new FakeServing(new ArrayList<>());
  private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(1);
  private int addressesNamed;

  private final Conductor conductor =
      new Conductor(
          "n1",
          cluster,
          serving,
          new Conductor.Addresses() {
            @Override
            public void probe(Set<InetAddress> unused) {}

            @Override
            public void nodes(Set<InetAddress> addresses) {}

            @Override
            public Taken take(InetAddress address) {
              addressesNamed++;
              return new Taken.Held();
            }

            @Override
            public void keepOnly(Set<InetAddress> keep) {
              addressesNamed += keep.size();
            }

            @Override
            public void announceAgain(InetAddress address) {
              addressesNamed++;
            }
          },
          new ReportWriter(
              "n1", new Writes(), threads, InstantSource.system(), new SimpleMeterRegistry()),
          new SimpleMeterRegistry());

  private static final class Writes implements StatusWrites {
    @Override
    public long apply(ServiceId id, String uid, Report report, Map<String, String> since) {
      return 100;
    }

    @Override
    public long remove(ServiceId id, String uid, String node) {
      return 200;
    }
  }

  @BeforeEach
  void serveMany() throws Exception {
    for (int i = 0; i < OTHERS; i++) {
      put(new ServiceId("default", "other-" + i), "10.1.%d.%d".formatted(i / 256, i % 256));
    }
    conductor.pass(Agenda.Due.ALL);
    assertThat(serving.served()).hasSize(OTHERS);
    forget();
  }

  @AfterEach
  void stop() {
    threads.shutdownNow();
  }

  @Test
  void a_new_service_is_served_without_a_look_at_the_others() throws Exception {
    // Given
    put(ONE, "10.0.0.1");

    // When
    conductor.pass(new Agenda.Due(false, Set.of(ONE)));

    // Then
    assertThat(serving.served()).contains(ONE).hasSize(OTHERS + 1);
    // asked for, its slices named and read; changed, and looked at for the report
    assertThat(cluster.work).isEqualTo(3);
    assertThat(serving.work).isEqualTo(2);
    assertThat(addressesNamed).isOne();
  }

  @Test
  void other_endpoints_of_one_service_are_its_own_affair() throws Exception {
    // Given
    put(ONE, "10.0.0.1");
    conductor.pass(new Agenda.Due(false, Set.of(ONE)));
    forget();
    cluster.slices.put(
        ONE, List.of(SliceReader.read(ONE, Objects.slice("default", "one", "one-1", "10.2.0.2"))));

    // When
    conductor.pass(new Agenda.Due(false, Set.of(ONE)));

    // Then
    assertThat(cluster.work).isEqualTo(3);
    assertThat(serving.work).isEqualTo(2);
    assertThat(addressesNamed).isOne();
  }

  @Test
  void when_nodes_come_or_go_every_service_is_looked_at() throws Exception {
    // Given
    cluster.members = new Members(new TreeSet<>(Set.of("n1", "n2")), false);

    // When
    conductor.pass(new Agenda.Due(false, Set.of()));

    // Then
    assertThat(cluster.work).isGreaterThan(OTHERS);
  }

  @Test
  void a_pass_that_failed_is_followed_by_one_that_looks_at_everything() throws Exception {
    // Given
    put(ONE, "10.0.0.1");
    serving.failing = true;
    Conductor.Pass failed = conductor.pass(new Agenda.Due(false, Set.of(ONE)));
    serving.failing = false;

    // When
    Conductor.Pass next = conductor.pass(new Agenda.Due(false, Set.of()));

    // Then
    assertThat(failed).isEqualTo(Conductor.Pass.INCOMPLETE);
    assertThat(next).isEqualTo(Conductor.Pass.DONE);
    assertThat(serving.served()).contains(ONE);
  }

  @Test
  void a_service_of_which_nobody_knows_whether_the_relay_began_is_ended_all_the_same()
      throws Exception {
    // Given
    put(ONE, "10.0.0.1");
    serving.failing = true;
    conductor.pass(new Agenda.Due(false, Set.of(ONE)));
    serving.failing = false;
    cluster.programs.remove(ONE);

    // When
    conductor.pass(new Agenda.Due(false, Set.of()));

    // Then
    assertThat(serving.served()).doesNotContain(ONE).hasSize(OTHERS);
  }

  private void put(ServiceId id, String address) {
    cluster.programs.put(
        id, Programs.read(Objects.loadBalancer(id.namespace(), id.name(), address), "n1"));
    cluster.slices.put(
        id,
        List.of(
            SliceReader.read(
                id, Objects.slice(id.namespace(), id.name(), id.name() + "-1", "10.2.0.1"))));
  }

  private void forget() {
    cluster.work = 0;
    serving.work = 0;
    addressesNamed = 0;
  }
}
