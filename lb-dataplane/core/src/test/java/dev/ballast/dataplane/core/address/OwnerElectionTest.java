package dev.ballast.dataplane.core.address;

import static dev.ballast.dataplane.core.Endpoints.address;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.address.OwnershipSimulation.Membership;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

/** The address hashes to a1 before b1 before c1, as {@code the_hash_order} shows. */
class OwnerElectionTest {

  /** After so many rounds all nodes agree: a claim, its release, and a claim without any before. */
  private static final int ROUNDS = 3;

  private static final List<String> NODES = List.of("n0", "n1", "n2", "n3", "n4");

  /** What happens next, to which node, and which other node takes part. */
  record Turn(Kind kind, int node, int other) {
    enum Kind {
      ACT,
      DELIVER,
      OBSERVE,
      SUSPECT,
      KILL,
      START,
      EXCLUDE,
      INCLUDE,
      LOSE_LINK,
      GAIN_LINK,
      DESELECT,
      SELECT,
      PREFER,
      PREFER_NOT
    }
  }

  @Provide
  Arbitrary<List<Turn>> turns() {
    Arbitrary<Turn.Kind> kinds =
        Arbitraries.frequency(
                Tuple.of(8, 0), Tuple.of(8, 1), Tuple.of(3, 2), Tuple.of(3, 3), Tuple.of(4, 4))
            .flatMap(
                group ->
                    switch (group) {
                      case 0 -> Arbitraries.just(Turn.Kind.ACT);
                      case 1 -> Arbitraries.just(Turn.Kind.DELIVER);
                      case 2 -> Arbitraries.just(Turn.Kind.OBSERVE);
                      case 3 -> Arbitraries.just(Turn.Kind.SUSPECT);
                      default -> Arbitraries.of(Turn.Kind.values());
                    });
    return Combinators.combine(
            kinds, Arbitraries.integers().between(0, 4), Arbitraries.integers().between(0, 4))
        .as(Turn::new)
        .list()
        .ofMaxSize(80);
  }

  private static void apply(OwnershipSimulation simulation, Turn turn) {
    String node = NODES.get(turn.node());
    String other = NODES.get(turn.other());
    switch (turn.kind()) {
      case ACT -> simulation.act(node);
      case DELIVER -> simulation.deliver(other, node);
      case OBSERVE -> simulation.observe(node);
      case SUSPECT -> simulation.suspect(node, other);
      case KILL -> simulation.kill(node);
      case START -> {
        if (!simulation.world.alive.contains(node)) {
          simulation.start(node);
        }
      }
      case EXCLUDE -> simulation.world.excluded.add(node);
      case INCLUDE -> simulation.world.excluded.remove(node);
      case LOSE_LINK -> simulation.world.offLink.add(node);
      case GAIN_LINK -> simulation.world.offLink.remove(node);
      case DESELECT -> simulation.world.notSelected.add(node);
      case SELECT -> simulation.world.notSelected.remove(node);
      case PREFER -> simulation.world.preferred.add(node);
      case PREFER_NOT -> simulation.world.preferred.remove(node);
    }
  }

  private static OwnershipSimulation simulation() {
    var simulation = new OwnershipSimulation();
    NODES.forEach(simulation::start);
    return simulation;
  }

  private static void settle(OwnershipSimulation simulation, boolean atOnce, Random order) {
    for (int round = 0; round < ROUNDS; round++) {
      simulation.round(atOnce, order);
    }
  }

  @Property(tries = 3000)
  void whatever_happened_exactly_one_node_claims_the_address_soon_after_views_agree(
      @ForAll("turns") List<Turn> turns, @ForAll boolean atOnce, @ForAll long seed) {
    // Given
    OwnershipSimulation simulation = simulation();
    turns.forEach(turn -> apply(simulation, turn));
    Random order = new Random(seed);

    // When
    settle(simulation, atOnce, order);

    // Then
    Map<String, Long> claims = Map.copyOf(simulation.claims);
    Collection<String> eligible = simulation.eligible();
    if (eligible.isEmpty()) {
      assertThat(claims).hasSizeLessThanOrEqualTo(1);
    } else {
      assertThat(claims).hasSize(1);
      assertThat(eligible).containsAll(claims.keySet());
    }
    settle(simulation, atOnce, order);
    assertThat(simulation.claims).as("later").isEqualTo(claims);
  }

  @Property(tries = 1000)
  void no_address_moves_when_nodes_only_join(
      @ForAll("turns") List<Turn> turns, @ForAll boolean atOnce, @ForAll long seed) {
    // Given
    var simulation = new OwnershipSimulation();
    simulation.start("n0");
    simulation.start("n1");
    Random order = new Random(seed);
    settle(simulation, atOnce, order);
    Map<String, Long> before = Map.copyOf(simulation.claims);

    // When
    List.of("n2", "n3", "n4").forEach(simulation::start);
    for (Turn turn : turns) {
      switch (turn.kind()) {
        case ACT, DELIVER, OBSERVE -> apply(simulation, turn);
        default -> {}
      }
      // Then
      assertThat(simulation.claims).isEqualTo(before);
    }
  }

  @Property(tries = 1000)
  void a_node_that_returns_takes_nothing_back(@ForAll boolean atOnce, @ForAll long seed) {
    // Given
    OwnershipSimulation simulation = simulation();
    Random order = new Random(seed);
    settle(simulation, atOnce, order);
    String first = simulation.claims.keySet().iterator().next();
    simulation.kill(first);
    settle(simulation, atOnce, order);
    Map<String, Long> before = Map.copyOf(simulation.claims);

    // When
    simulation.start(first);
    settle(simulation, atOnce, order);

    // Then
    assertThat(simulation.claims).isEqualTo(before).doesNotContainKey(first);
  }

  @Property(tries = 2000)
  void an_address_that_a_node_hands_over_is_always_claimed(
      @ForAll("turns") List<Turn> turns, @ForAll @IntRange(max = 2) int cause, @ForAll long seed) {
    // Given
    OwnershipSimulation simulation = simulation();
    settle(simulation, false, new Random(seed));
    String owner = simulation.claims.keySet().iterator().next();

    // When
    Membership world = simulation.world;
    List.of(world.excluded, world.offLink, world.notSelected).get(cause).add(owner);
    for (Turn turn : turns) {
      switch (turn.kind()) {
        case ACT, DELIVER, OBSERVE -> apply(simulation, turn);
        default -> {}
      }
      // Then
      assertThat(simulation.claims).isNotEmpty();
    }
    settle(simulation, false, new Random(seed));
    assertThat(simulation.claims).hasSize(1).doesNotContainKey(owner);
  }

  @Property(tries = 1000)
  void an_address_moves_neither_when_nodes_become_preferred_nor_when_more_are_selected(
      @ForAll("turns") List<Turn> turns, @ForAll boolean atOnce, @ForAll long seed) {
    // Given
    OwnershipSimulation simulation = simulation();
    simulation.world.notSelected.addAll(List.of("n1", "n2"));
    Random order = new Random(seed);
    settle(simulation, atOnce, order);
    Map<String, Long> before = Map.copyOf(simulation.claims);

    // When
    for (Turn turn : turns) {
      switch (turn.kind()) {
        case ACT, DELIVER, OBSERVE, SELECT, PREFER, PREFER_NOT -> apply(simulation, turn);
        default -> {}
      }
      // Then
      assertThat(simulation.claims).isEqualTo(before);
    }
  }

  @Property(tries = 1000)
  void an_address_that_no_node_may_own_stays_at_the_node_that_announces_it(
      @ForAll("turns") List<Turn> turns, @ForAll boolean atOnce, @ForAll long seed) {
    // Given
    OwnershipSimulation simulation = simulation();
    Random order = new Random(seed);
    settle(simulation, atOnce, order);
    Map<String, Long> before = Map.copyOf(simulation.claims);

    // When
    simulation.world.notSelected.addAll(NODES);
    for (Turn turn : turns) {
      switch (turn.kind()) {
        case ACT, DELIVER, OBSERVE, LOSE_LINK, GAIN_LINK, PREFER, PREFER_NOT ->
            apply(simulation, turn);
        default -> {}
      }
      // Then
      assertThat(simulation.claims).isEqualTo(before);
    }
  }

  @Property(tries = 1000)
  void the_epoch_grows_with_each_node_that_takes_the_address(
      @ForAll("turns") List<Turn> turns, @ForAll boolean atOnce, @ForAll long seed) {
    // Given
    OwnershipSimulation simulation = simulation();
    Random order = new Random(seed);
    settle(simulation, atOnce, order);
    Map<String, Long> last = Map.copyOf(simulation.claims);

    for (Turn turn : turns) {
      boolean act =
          switch (turn.kind()) {
            case KILL, START, EXCLUDE, INCLUDE, LOSE_LINK, GAIN_LINK, DESELECT, SELECT -> true;
            default -> false;
          };
      if (act && simulation.world.alive.size() > 1) {
        // When
        apply(simulation, turn);
        settle(simulation, atOnce, order);

        // Then
        Map<String, Long> now = Map.copyOf(simulation.claims);
        if (!now.keySet().equals(last.keySet()) && !now.isEmpty() && !last.isEmpty()) {
          assertThat(now.values().iterator().next()).isGreaterThan(last.values().iterator().next());
        }
        last = now;
      }
    }
  }

  /** Two nodes that hear each other's claims and consider each other dead. */
  @Example
  void nodes_that_consider_each_other_dead_do_not_raise_their_epochs_without_end() {
    // Given
    OwnershipSimulation simulation = new OwnershipSimulation();
    simulation.start("n0");
    simulation.start("n1");
    simulation.suspect("n0", "n1");
    simulation.suspect("n1", "n0");

    // When
    for (int round = 0; round < 20; round++) {
      for (String node : simulation.names()) {
        simulation.names().forEach(other -> simulation.deliver(other, node));
        simulation.act(node);
      }
    }

    // Then
    assertThat(simulation.claims.values()).allMatch(epoch -> epoch <= 2);
  }

  @Example
  void the_node_of_a_new_address_is_selected_and_preferred_if_possible() {
    assertThat(successor(Optional.empty(), Set.of())).isEqualTo("a1");
    assertThat(successor(Optional.of(Set.of("b1", "c1")), Set.of())).isEqualTo("b1");
    assertThat(successor(Optional.of(Set.of("b1", "c1")), Set.of("c1"))).isEqualTo("c1");
    assertThat(successor(Optional.of(Set.of("b1", "c1")), Set.of("a1"))).isEqualTo("b1");
    assertThat(successor(Optional.empty(), Set.of("c1"))).isEqualTo("c1");
  }

  private static String successor(Optional<Set<String>> selected, Set<String> preferred) {
    OwnershipDecision decision =
        new OwnerElection(
                new AddressCandidates(
                    address("192.0.2.1"),
                    Set.of("a1", "b1", "c1"),
                    Set.of(),
                    new AnnouncePolicy("pool", selected, preferred, List.of())),
                "d1",
                Set.of(),
                Map.of(),
                0)
            .decide();
    return ((OwnershipDecision.OwnedByOther) decision).node();
  }

  @Example
  void a_selected_node_yields_to_a_node_of_an_older_version_that_ignores_the_selection() {
    // Given: the address hashes to a1, which the pool does not select
    var candidates =
        new AddressCandidates(
            address("192.0.2.1"),
            Set.of("a1", "c1"),
            Set.of(),
            new AnnouncePolicy("pool", Optional.of(Set.of("c1")), Set.of(), List.of()));

    // When
    OwnershipDecision decision =
        new OwnerElection(candidates, "c1", Set.of(), Map.of("a1", 0L), 0).decide();

    // Then
    assertThat(decision).isEqualTo(ownedBy("a1"));
  }

  @Example
  void the_hash_order() {
    assertThat(decide("a1", Set.of("a1", "c1", "b1"), Map.of())).isEqualTo(owned(1));
    assertThat(decide("b1", Set.of("c1", "b1"), Map.of())).isEqualTo(owned(1));
  }

  @Example
  void a_new_address_belongs_to_the_node_that_it_hashes_to() {
    assertThat(decide("c1", Set.of("a1", "c1", "b1"), Map.of())).isEqualTo(ownedBy("a1"));
  }

  @Example
  void the_owner_stays_although_the_address_hashes_to_another_node() {
    assertThat(decide("a1", Set.of("a1", "c1", "b1"), Map.of("c1", 3L))).isEqualTo(ownedBy("c1"));
    assertThat(decide("c1", Set.of("a1", "c1", "b1"), Map.of("c1", 3L))).isEqualTo(owned(3));
  }

  @Example
  void the_successor_of_a_dead_node_has_a_higher_epoch() {
    assertThat(decide("a1", Set.of("a1", "c1"), Map.of("b1", 3L))).isEqualTo(owned(4));
  }

  @Example
  void the_successor_has_a_higher_epoch_than_any_it_has_seen() {
    var candidates = new AddressCandidates(address("192.0.2.1"), Set.of("a1", "c1"), Set.of());
    assertThat(new OwnerElection(candidates, "a1", Set.of(), Map.of(), 6).decide())
        .isEqualTo(owned(7));
  }

  @Example
  void of_two_claims_the_higher_epoch_wins() {
    Map<String, Long> claims = Map.of("a1", 3L, "c1", 4L);
    assertThat(decide("a1", Set.of("a1", "c1"), claims)).isEqualTo(ownedBy("c1"));
    assertThat(decide("c1", Set.of("a1", "c1"), claims)).isEqualTo(owned(4));
  }

  @Example
  void of_two_claims_with_one_epoch_the_one_that_precedes_by_the_hash_wins() {
    Map<String, Long> claims = Map.of("c1", 4L, "b1", 4L);
    assertThat(decide("c1", Set.of("a1", "c1", "b1"), claims)).isEqualTo(ownedBy("b1"));
    assertThat(decide("b1", Set.of("a1", "c1", "b1"), claims)).isEqualTo(owned(4));
  }

  @Example
  void a_node_that_may_not_own_the_address_serves_until_it_sees_the_higher_claim() {
    assertThat(decide("c1", Set.of("a1"), Map.of("c1", 3L)))
        .isEqualTo(new OwnershipDecision.HandingOver(3, Optional.of("a1")));
    assertThat(decide("a1", Set.of("a1"), Set.of("c1"), Map.of("c1", 3L))).isEqualTo(owned(4));
    assertThat(decide("c1", Set.of("a1"), Map.of("c1", 3L, "a1", 4L))).isEqualTo(ownedBy("a1"));
  }

  @Example
  void without_candidates_the_node_that_announces_the_address_goes_on() {
    assertThat(decide("c1", Set.of(), Map.of("c1", 3L)))
        .isEqualTo(new OwnershipDecision.HandingOver(3, Optional.empty()));
    assertThat(decide("a1", Set.of(), Map.of())).isEqualTo(new OwnershipDecision.Unowned());
  }

  @Example
  void a_candidate_raises_its_epoch_above_that_of_a_living_node_that_may_not_own_the_address() {
    assertThat(decide("c1", Set.of("a1", "c1"), Set.of("b1"), Map.of("c1", 3L, "b1", 5L)))
        .isEqualTo(owned(6));
  }

  @Example
  void a_node_of_an_older_version_takes_each_address_that_hashes_to_it() {
    Map<String, Long> claims = Map.of("a1", 0L, "c1", 3L);
    assertThat(decide("c1", Set.of("a1", "c1"), claims)).isEqualTo(ownedBy("a1"));
  }

  @Example
  void a_node_of_an_older_version_keeps_what_it_announces() {
    assertThat(decide("a1", Set.of("a1", "c1"), Map.of("c1", 0L))).isEqualTo(ownedBy("c1"));
  }

  @Example
  void an_excluded_node_releases_an_address_that_a_node_of_an_older_version_announces() {
    assertThat(decide("b1", Set.of("a1", "c1"), Map.of("c1", 0L, "b1", 2L)))
        .isEqualTo(ownedBy("c1"));
  }

  @Example
  void a_claim_of_this_node_from_an_older_version_gets_an_epoch() {
    assertThat(decide("a1", Set.of("a1"), Map.of("a1", 0L))).isEqualTo(owned(1));
  }

  @Example
  void the_greatest_epoch_does_not_overflow() {
    assertThat(decide("a1", Set.of("a1"), Map.of("b1", Long.MAX_VALUE)))
        .isEqualTo(owned(Long.MAX_VALUE));
  }

  private static OwnershipDecision owned(long epoch) {
    return new OwnershipDecision.Owned(epoch);
  }

  private static OwnershipDecision ownedBy(String node) {
    return new OwnershipDecision.OwnedByOther(node);
  }

  private static OwnershipDecision decide(
      String self, Set<String> members, Map<String, Long> claims) {
    return decide(self, members, Set.of(), claims);
  }

  private static OwnershipDecision decide(
      String self, Set<String> members, Set<String> alive, Map<String, Long> claims) {
    var candidates = new AddressCandidates(address("192.0.2.1"), new TreeSet<>(members), Set.of());
    return new OwnerElection(candidates, self, alive, claims, 0).decide();
  }
}
