package dev.ballast.operator.address;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.Tag;
import org.slf4j.LoggerFactory;

/**
 * Runs random operations of two operators that both believe to be the leader, on one API server.
 * Services and pools change, operators restart, writes fail or their responses are lost. Watches
 * are late or repeat old events, and a person deletes an Address. One operator may act between any
 * two calls of the other.
 */
@Tag("feature:address")
class AddressClaimerModelTest {

  private static final int MIN_OPERATIONS = 100_000;
  private static long operations;

  @Provide
  Arbitrary<List<Integer>> moves() {
    return Arbitraries.integers()
        .between(0, Integer.MAX_VALUE)
        .withDistribution(RandomDistribution.uniform())
        .withoutEdgeCases()
        .list()
        .ofMinSize(40)
        .ofMaxSize(120);
  }

  @Property(tries = 1600)
  void no_address_has_two_holders_or_leaks_and_no_service_moves_without_a_request(
      @ForAll("moves") List<Integer> moves) {
    // Given
    TwoLeaderSimulation simulation = new TwoLeaderSimulation();

    // When
    for (int move : moves) {
      simulation.move(new Random(move));
      simulation.checkNoPortIsClaimedTwice();
      operations++;
    }

    // Then
    simulation.convergeAndCheck();
  }

  /** A log line for each address would make a hundred thousand lines. */
  @BeforeContainer
  static void reduceLogging() {
    for (Class<?> type : List.of(AddressAssigner.class, AddressClaimWriter.class)) {
      ((Logger) LoggerFactory.getLogger(type)).setLevel(Level.WARN);
    }
  }

  @AfterContainer
  static void checkOperations() {
    for (Class<?> type : List.of(AddressAssigner.class, AddressClaimWriter.class)) {
      ((Logger) LoggerFactory.getLogger(type)).setLevel(null);
    }
    assertThat(operations).as("total number of operations").isGreaterThanOrEqualTo(MIN_OPERATIONS);
  }
}
