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
 * Two operators that both believe to lead, over one API server: Services come, change and go, pools
 * are edited, operators start anew, writes fail or lose their answers, watches of Addresses and of
 * Services are late, each by itself, or tell old news again, and a person deletes an Address. One
 * may do something between any two calls of the other.
 */
@Tag("feature:address")
class AddressClaimerModelTest {

  private static final int ENOUGH = 100_000;
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
  void no_address_is_doubled_or_leaked_and_none_moves_unasked(
      @ForAll("moves") List<Integer> moves) {
    // Given
    TwoLeaders world = new TwoLeaders();

    // When
    for (int move : moves) {
      world.move(new Random(move));
      world.checkNoPortIsClaimedTwice();
      operations++;
    }

    // Then
    world.settleAndCheck();
  }

  /** A line for each address would be a hundred thousand. */
  @BeforeContainer
  static void quiet() {
    for (Class<?> chatty : List.of(AddressAssigner.class, SharedAddressWriter.class)) {
      ((Logger) LoggerFactory.getLogger(chatty)).setLevel(Level.WARN);
    }
  }

  @AfterContainer
  static void enough() {
    for (Class<?> chatty : List.of(AddressAssigner.class, SharedAddressWriter.class)) {
      ((Logger) LoggerFactory.getLogger(chatty)).setLevel(null);
    }
    assertThat(operations).as("operations in all").isGreaterThanOrEqualTo(ENOUGH);
  }
}
