package dev.ballast.dataplane.server.membership;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.address.AnnouncePolicy;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What nodes report of each other until they agree on one owner. */
class AddressOwnershipTest {

  private static final InetAddress ADDRESS = InetAddress.ofLiteral("198.18.100.7");

  /**
   * A cluster in which some members are off-link, with what they have reported so far.
   *
   * @param order in which nodes act
   */
  private record Cluster(
      TreeSet<String> members, Set<String> offLink, Set<String> reported, Random order) {

    AddressOwnership node(String name) {
      return new AddressOwnership(
          name,
          new Members(members, false),
          address -> !offLink.contains(name),
          address -> KnownClaims.NONE,
          address -> AnnouncePolicy.ALL);
    }

    /** Each node acts until none changes its report. Returns how many reports were written. */
    int settle() {
      int writes = 0;
      for (boolean changed = true; changed; ) {
        changed = false;
        List<String> nodes = new ArrayList<>(members);
        Collections.shuffle(nodes, order);
        for (String name : nodes) {
          if (node(name).reportsOffLink(ADDRESS, reported)
              ? reported.add(name)
              : reported.remove(name)) {
            changed = true;
            writes++;
          }
        }
        assertThat(writes).as("nodes do not take turns").isLessThanOrEqualTo(2 * members.size());
      }
      return writes;
    }

    List<String> owners() {
      return members.stream().filter(name -> node(name).owns(ADDRESS, reported)).toList();
    }
  }

  static Collection<Cluster> clusters() {
    return IntStream.range(0, 100).mapToObj(AddressOwnershipTest::cluster).toList();
  }

  /** Up to eight members, any of them off-link, and any reports, also false ones. */
  private static Cluster cluster(int seed) {
    Random random = new Random(seed);
    TreeSet<String> members = new TreeSet<>();
    Set<String> offLink = new TreeSet<>();
    Set<String> reported = new TreeSet<>();
    int percent = List.of(0, 30, 70, 100).get(random.nextInt(4));
    for (int i = 0; i <= random.nextInt(8); i++) {
      members.add("n" + i);
      if (random.nextInt(100) < percent) {
        offLink.add("n" + i);
      }
      if (random.nextInt(100) < 30) {
        reported.add("n" + i);
      }
    }
    return new Cluster(members, offLink, reported, random);
  }

  @ParameterizedTest
  @MethodSource("clusters")
  void exactly_one_node_considers_itself_the_owner_once_all_have_reported(Cluster cluster) {
    // When
    cluster.settle();

    // Then
    assertThat(cluster.owners()).hasSize(1);
    assertThat(cluster.offLink()).containsAll(cluster.reported());
    if (cluster.offLink().size() < cluster.members().size()) {
      assertThat(cluster.offLink()).doesNotContainAnyElementsOf(cluster.owners());
    }
  }

  @ParameterizedTest
  @MethodSource("clusters")
  void a_restart_does_not_move_the_address_and_changes_no_report_of_another_node(Cluster cluster) {
    // Given
    cluster.settle();
    List<String> owners = cluster.owners();
    List<String> restarting = new ArrayList<>(cluster.members());
    restarting.removeAll(owners);

    for (String name : restarting) {
      cluster.reported().remove(name);
      cluster.members().remove(name);
      assertThat(cluster.settle()).as("reports without %s", name).isZero();
      cluster.members().add(name);
      Set<String> before = Set.copyOf(cluster.reported());

      // When
      int writes = cluster.settle();

      // Then
      assertThat(cluster.owners()).isEqualTo(owners);
      assertThat(writes).as("only %s writes", name).isLessThanOrEqualTo(1);
      assertThat(cluster.reported())
          .containsAll(before)
          .hasSizeLessThanOrEqualTo(before.size() + 1);
    }
  }

  @Test
  void a_node_with_an_interface_in_the_subnet_again_is_the_only_one_that_writes() {
    // Given
    TreeSet<String> members = new TreeSet<>(Set.of("n1", "n2", "n3"));
    Cluster cluster = new Cluster(members, new TreeSet<>(members), new TreeSet<>(), new Random(1));
    cluster.settle();
    String next = cluster.owners().getFirst().equals("n1") ? "n2" : "n1";

    // When
    cluster.offLink().remove(next);
    int writes = cluster.settle();

    // Then
    assertThat(cluster.owners()).containsExactly(next);
    assertThat(writes).isOne();
  }

  @Test
  void a_node_that_another_one_precedes_reports_nothing_and_does_not_look_at_its_interfaces() {
    // Given
    TreeSet<String> members = new TreeSet<>(Set.of("n1", "n2"));
    String owner = new Cluster(members, Set.of(), Set.of(), new Random(1)).owners().getFirst();
    String other = owner.equals("n1") ? "n2" : "n1";
    List<InetAddress> asked = new ArrayList<>();
    var ownership =
        new AddressOwnership(
            other,
            new Members(members, false),
            address -> asked.add(address),
            address -> KnownClaims.NONE,
            address -> AnnouncePolicy.ALL);

    // When
    boolean reports = ownership.reportsOffLink(ADDRESS, Set.of());

    // Then
    assertThat(reports || ownership.owns(ADDRESS, Set.of())).isFalse();
    assertThat(asked).isEmpty();
  }

  @Test
  void a_node_that_is_no_member_neither_owns_nor_reports() {
    // Given
    var leaving =
        new AddressOwnership(
            "n1",
            new Members(new TreeSet<>(Set.of("n2")), false),
            address -> false,
            address -> KnownClaims.NONE,
            address -> AnnouncePolicy.ALL);

    // When
    boolean reports = leaving.reportsOffLink(ADDRESS, Set.of("n2"));

    // Then
    assertThat(reports || leaving.owns(ADDRESS, Set.of("n2"))).isFalse();
  }
}
