package dev.ballast.dataplane.core.balance;

import static dev.ballast.dataplane.core.Endpoints.address;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.Endpoints;
import dev.ballast.dataplane.core.balance.SessionAffinity.RememberedBackend;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Tag;

@Tag("feature:traffic")
class SessionAffinityTest {

  private static final Duration TIMEOUT = Duration.ofHours(3);
  private static final long KEY = 42;

  @Property
  void a_remembered_client_keeps_its_backend_however_many_are_added(
      @ForAll int client,
      @ForAll @IntRange(min = 1, max = 20) int before,
      @ForAll @IntRange(max = 20) int added,
      @ForAll @LongRange(min = 0, max = 3L * 3600 * 1_000_000_000) long away,
      @ForAll long seen) {
    // Given
    List<Endpoint> all = Endpoints.ready(before + added);
    Endpoint home = all.subList(0, before).get(hash(all.subList(0, before)).pick(from(client, -1)));

    // When: the new backends come first, so that the index of the old one changes
    List<Endpoint> now = all.reversed();
    int chosen =
        SessionAffinity.pick(
            new RememberedBackend(now.indexOf(home), false, seen),
            TIMEOUT,
            seen + away,
            hash(now),
            from(client, -1));

    // Then
    assertThat(now.get(chosen)).isEqualTo(home);
  }

  @Property
  void a_client_is_picked_by_its_hash_after_the_timeout(
      @ForAll int client,
      @ForAll @IntRange(min = 1, max = 20) int count,
      @ForAll @IntRange(max = 19) int last,
      @ForAll @LongRange(min = 1, max = 1L << 60) long over,
      @ForAll long seen) {
    // Given
    Picker hash = hash(Endpoints.ready(count));
    long now = seen + TIMEOUT.toNanos() + over;

    // When
    int away =
        SessionAffinity.pick(
            new RememberedBackend(last % count, false, seen), TIMEOUT, now, hash, from(client, -1));
    int connected =
        SessionAffinity.pick(
            new RememberedBackend(last % count, true, seen), TIMEOUT, now, hash, from(client, -1));

    // Then
    assertThat(away).isEqualTo(hash.pick(from(client, -1)));
    assertThat(connected).as("it was never away").isEqualTo(last % count);
  }

  @Property
  void a_client_whose_backend_is_removed_or_fails_is_picked_by_its_hash(
      @ForAll int client,
      @ForAll @IntRange(min = 2, max = 20) int count,
      @ForAll @IntRange(max = 19) int last) {
    // Given
    Picker hash = hash(Endpoints.ready(count));
    int failed = last % count;

    // When
    int gone =
        SessionAffinity.pick(
            new RememberedBackend(Picker.NONE, true, 0), TIMEOUT, 0, hash, from(client, -1));
    int fails =
        SessionAffinity.pick(
            new RememberedBackend(failed, true, 0), TIMEOUT, 0, hash, from(client, failed));

    // Then
    assertThat(gone).isEqualTo(hash.pick(from(client, -1)));
    assertThat(fails).isEqualTo(hash.pick(from(client, failed))).isNotEqualTo(failed);
  }

  @Property
  void all_ports_of_a_service_pick_the_same_pod(
      @ForAll int client, @ForAll @IntRange(min = 1, max = 20) int count) {
    // Given
    List<Endpoint> http = Endpoints.ready(count);
    List<Endpoint> https =
        http.reversed().stream()
            .map(
                pod ->
                    new Endpoint(
                        pod.address(), 8443, pod.pod(), pod.node(), pod.conditions(), pod.hints()))
            .toList();

    // When
    Endpoint one = http.get(hash(http).pick(from(client, -1)));
    Endpoint other = https.get(hash(https).pick(from(client, -1)));

    // Then
    assertThat(other.pod()).isEqualTo(one.pod());
  }

  @Property(tries = 20)
  void backends_with_the_same_address_share_its_clients(@ForAll int first) {
    // Given
    Endpoint one = Endpoints.ready(1).getFirst();
    List<Endpoint> two =
        List.of(
            one,
            new Endpoint(one.address(), 9090, "other", one.node(), one.conditions(), one.hints()));

    // When
    long atOne = 0;
    for (int i = 0; i < 1000; i++) {
      atOne += 1 - hash(two).pick(from(first + i, -1));
    }

    // Then
    assertThat(atOne).isBetween(350L, 650L);
  }

  @Property(tries = 50)
  void among_many_backends_a_client_moves_only_when_its_backend_is_removed_or_a_new_one_takes_it(
      @ForAll int first, @ForAll @IntRange(min = 1, max = 200) int count) {
    // Given
    List<Endpoint> more = Endpoints.ready(count + 1);
    List<Endpoint> fewer = more.subList(0, count);
    Picker before = hash(fewer);
    Picker after = hash(more);
    int moved = 0;

    for (int client = first; client != first + 500; client++) {
      // When
      int was = before.pick(from(client, -1));
      int is = after.pick(from(client, -1));

      // Then
      moved += is == was ? 0 : 1;
      assertThat(is).isIn(was, count);
      assertThat(after.pick(from(client, count))).as("without the new one").isEqualTo(was);
      assertThat(before.pick(from(client, -1))).as("asked again").isEqualTo(was);
    }
    assertThat(moved).as("its share").isBetween(0, 500 / (count + 1) * 2 + 25);
  }

  @Example
  void every_one_of_many_backends_gets_its_share_of_the_clients() {
    // Given
    Picker hash = hash(Endpoints.ready(100));
    int[] clients = new int[100];

    // When
    for (int client = 0; client < 100_000; client++) {
      clients[hash.pick(from(client, -1))]++;
    }

    // Then
    assertThat(IntStream.of(clients)).allMatch(share -> share > 700 && share < 1300);
  }

  private static Picker hash(List<Endpoint> candidates) {
    return new SourceHash(candidates, KEY);
  }

  private static PickContext from(int client, int tried) {
    return new PickContext(address(client), 0, 0, index -> 0, index -> index == tried);
  }
}
