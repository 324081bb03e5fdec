package dev.ballast.dataplane.core.address;

import static dev.ballast.dataplane.core.Endpoints.address;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class RendezvousHashTest {

  @Example
  void without_nodes_an_address_has_no_owner() {
    assertThat(RendezvousHash.ownerOf(address("192.0.2.1"), List.of())).isEmpty();
  }

  /** A change would move addresses during an update, while nodes run two versions. */
  @Example
  void the_owner_is_the_same_in_every_release() {
    List<String> nodes = List.of("node-a", "node-b", "node-c");
    assertThat(RendezvousHash.ownerOf(address("192.0.2.1"), nodes)).hasValue("node-a");
    assertThat(RendezvousHash.ownerOf(address("192.0.2.2"), nodes)).hasValue("node-c");
    assertThat(RendezvousHash.ownerOf(address("2001:db8::1"), nodes)).hasValue("node-c");
  }

  @Property(tries = 200)
  void the_order_of_nodes_does_not_matter(
      @ForAll int address, @ForAll @IntRange(min = 1, max = 50) int count, @ForAll long seed) {
    // Given
    List<String> nodes = nodes(count);
    List<String> shuffled = new ArrayList<>(nodes);
    Collections.shuffle(shuffled, new Random(seed));

    // When
    var owner = RendezvousHash.ownerOf(address(address), shuffled);

    // Then
    assertThat(owner).isEqualTo(RendezvousHash.ownerOf(address(address), nodes)).isPresent();
  }

  @Property(tries = 200)
  void a_node_that_leaves_moves_only_its_own_addresses(
      @ForAll int address, @ForAll @IntRange(min = 2, max = 50) int count, @ForAll long seed) {
    // Given
    List<String> nodes = nodes(count);
    String gone = nodes.get(new Random(seed).nextInt(count));
    List<String> left = nodes.stream().filter(node -> !node.equals(gone)).toList();
    String before = RendezvousHash.ownerOf(address(address), nodes).orElseThrow();

    // When
    String after = RendezvousHash.ownerOf(address(address), left).orElseThrow();

    // Then
    if (before.equals(gone)) {
      assertThat(left).contains(after);
    } else {
      assertThat(after).isEqualTo(before);
    }
  }

  @Property(tries = 20)
  void adjacent_addresses_are_distributed_evenly(
      @ForAll int first, @ForAll @IntRange(min = 2, max = 10) int count) {
    // Given
    List<String> nodes = nodes(count);
    int addresses = 4000;

    // When
    Map<String, Integer> shares = new HashMap<>();
    for (int i = 0; i < addresses; i++) {
      InetAddress address = address(first + i);
      shares.merge(RendezvousHash.ownerOf(address, nodes).orElseThrow(), 1, Integer::sum);
    }

    // Then: within six standard deviations of an even distribution
    double fair = (double) addresses / count;
    assertThat(shares.keySet()).containsExactlyInAnyOrderElementsOf(nodes);
    assertThat(shares.values())
        .allSatisfy(
            share ->
                assertThat((double) share)
                    .isBetween(fair - 6 * Math.sqrt(fair), fair + 6 * Math.sqrt(fair)));
  }

  private static List<String> nodes(int count) {
    return IntStream.range(0, count).mapToObj(number -> "node-" + number).toList();
  }
}
