package dev.ballast.dataplane.core.balance;

import static dev.ballast.dataplane.core.Endpoints.address;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.Endpoints;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import dev.ballast.dataplane.core.plan.ConnectionLimits;
import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import dev.ballast.dataplane.core.plan.ConnectionPolicy.HealthCheckPolicy;
import dev.ballast.dataplane.core.plan.ConnectionPolicy.PickerType;
import dev.ballast.dataplane.core.source.SourceRanges;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class PickerTest {

  private static final InetAddress CLIENT = address("203.0.113.7");

  enum Kind {
    ROUND_ROBIN,
    LEAST_CONNECTIONS,
    SOURCE_HASH;

    Picker of(List<Endpoint> candidates) {
      Optional<Duration> affinity =
          this == SOURCE_HASH ? Optional.of(Duration.ofHours(3)) : Optional.empty();
      PickerType balancing =
          this == LEAST_CONNECTIONS ? PickerType.LEAST_CONNECTIONS : PickerType.ROUND_ROBIN;
      HealthCheckPolicy check =
          new HealthCheckPolicy(Duration.ofSeconds(1), Duration.ofSeconds(1), 1, 1);
      return Picker.of(
          new ConnectionPolicy(
              balancing,
              affinity,
              check,
              Duration.ofSeconds(1),
              Duration.ofSeconds(1),
              Duration.ofSeconds(60),
              ConnectionLimits.NONE,
              SourceRanges.UNRESTRICTED),
          candidates,
          42);
    }
  }

  @Property
  void every_candidate_is_picked_once_and_then_none(
      @ForAll Kind kind,
      @ForAll @IntRange(max = 40) int count,
      @ForAll int turn,
      @ForAll int client,
      @ForAll long seed) {
    // Given
    Picker picker = kind.of(Endpoints.ready(count));
    Random random = new Random(seed);
    BitSet tried = new BitSet();

    // When
    int last = 0;
    while (last != Picker.NONE) {
      last =
          picker.pick(
              new PickContext(
                  address(client), turn, random.nextLong(), index -> index % 3, tried::get));
      if (last != Picker.NONE) {
        assertThat(last).isBetween(0, count - 1);
        assertThat(tried.get(last)).as("picked twice").isFalse();
        tried.set(last);
      }
    }

    // Then
    assertThat(tried.cardinality()).isEqualTo(count);
  }

  @Property(tries = 100)
  void round_robin_picks_every_candidate_equally_often(
      @ForAll @IntRange(min = 1, max = 40) int count, @ForAll @IntRange int start) {
    // Given
    Picker picker = Kind.ROUND_ROBIN.of(Endpoints.ready(count));

    // When
    int[] picks = new int[count];
    for (int i = 0; i < 3 * count; i++) {
      picks[picker.pick(draw(start + i, 0, new int[count]))]++;
    }

    // Then
    assertThat(picks).containsOnly(3);
  }

  @Example
  void round_robin_continues_past_the_greatest_int() {
    // Given
    Picker picker = Kind.ROUND_ROBIN.of(Endpoints.ready(3));

    // When
    int before = picker.pick(draw(Integer.MAX_VALUE, 0, new int[3]));
    int after = picker.pick(draw(Integer.MAX_VALUE + 1, 0, new int[3]));

    // Then
    assertThat(after).isEqualTo((before + 1) % 3);
  }

  @Property(tries = 50)
  void least_connections_keeps_connection_counts_close(
      @ForAll @IntRange(min = 2, max = 20) int count, @ForAll long seed) {
    // Given: connections that never end, and one backend that starts with many
    Picker picker = Kind.LEAST_CONNECTIONS.of(Endpoints.ready(count));
    Random random = new Random(seed);
    int[] connections = new int[count];
    connections[0] = 50;

    // When
    for (int i = 0; i < 200 * count; i++) {
      connections[picker.pick(draw(0, random.nextLong(), connections))]++;
    }

    // Then: the gap of two choices grows like log log n; with one random choice it is about 60
    int total = 200 * count + 50;
    assertThat(Arrays.stream(connections).boxed())
        .allSatisfy(each -> assertThat(Math.abs(each - total / count)).isLessThanOrEqualTo(8));
  }

  @Property(tries = 200)
  void of_two_backends_the_less_loaded_gets_the_connection(@ForAll long random) {
    Picker picker = Kind.LEAST_CONNECTIONS.of(Endpoints.ready(2));
    assertThat(picker.pick(draw(0, random, new int[] {1, 0}))).isEqualTo(1);
    assertThat(picker.pick(draw(0, random, new int[] {0, 1}))).isEqualTo(0);
  }

  @Property(tries = 200)
  void a_client_keeps_its_backend_when_another_backend_is_removed(
      @ForAll int client,
      @ForAll @IntRange(min = 2, max = 40) int count,
      @ForAll @IntRange(max = 39) int gone) {
    // Given
    List<Endpoint> all = Endpoints.ready(count);
    Endpoint removed = all.get(gone % count);
    List<Endpoint> left = all.stream().filter(endpoint -> !endpoint.equals(removed)).toList();
    Endpoint before = all.get(Kind.SOURCE_HASH.of(all).pick(from(client)));

    // When
    Endpoint after = left.get(Kind.SOURCE_HASH.of(left).pick(from(client)));

    // Then
    if (!before.equals(removed)) {
      assertThat(after).isEqualTo(before);
    }
  }

  @Property(tries = 200)
  void the_order_of_endpoints_does_not_move_clients(
      @ForAll int client, @ForAll @IntRange(min = 1, max = 40) int count) {
    // Given
    List<Endpoint> all = Endpoints.ready(count);

    // When
    Endpoint reversed = all.reversed().get(Kind.SOURCE_HASH.of(all.reversed()).pick(from(client)));

    // Then
    assertThat(reversed).isEqualTo(all.get(Kind.SOURCE_HASH.of(all).pick(from(client))));
  }

  @Property(tries = 20)
  void source_hash_distributes_clients_evenly(
      @ForAll int first, @ForAll @IntRange(min = 2, max = 10) int count) {
    // Given
    Picker picker = Kind.SOURCE_HASH.of(Endpoints.ready(count));

    // When
    int[] clients = new int[count];
    for (int i = 0; i < 4000; i++) {
      clients[picker.pick(from(first + i))]++;
    }

    // Then
    double fair = 4000.0 / count;
    assertThat(Arrays.stream(clients).asDoubleStream().boxed())
        .allSatisfy(
            share ->
                assertThat(share)
                    .isBetween(fair - 6 * Math.sqrt(fair), fair + 6 * Math.sqrt(fair)));
  }

  private static PickContext draw(int turn, long random, int[] connections) {
    return new PickContext(CLIENT, turn, random, index -> connections[index], index -> false);
  }

  private static PickContext from(int client) {
    return new PickContext(address(client), 0, 0, index -> 0, index -> false);
  }
}
