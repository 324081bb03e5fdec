package dev.ballast.dataplane.core.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Each letter is a period of five seconds: {@code S} and {@code C} have a rejection by the limit of
 * the Service or of a client, {@code B} has both, and a dot has none.
 */
@Tag("feature:limits")
class LastingRejectionsTest {

  private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** The clock overflows during the test, which it may do. */
  private static final long START_NANOS = Long.MAX_VALUE - 3 * PERIOD_NANOS;

  private final LastingRejections rejections = new LastingRejections();
  private final List<String> changes = new ArrayList<>();

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      textBlock =
          """
          nothing is rejected                    | .............                          | none
          one period is no time                  | S............                          | none
          every other period is no time          | S.S.S.S.S.S.S                          | none
          each reason has periods of its own     | SCSCSCSCSCSCS                          | none
          two periods in a row last              | SS...........                          | 1:S
          it goes on                             | SSSSSSSSSSSSSSSSSSSSSSSS               | 1:S
          it ends a minute after the last one    | SS............                         | 1:S 13:
          a later one starts the minute again    | SS..........S...........               | 1:S
          and it ends after that                 | SS..........S............              | 1:S 24:
          two reasons begin and end together     | BB............                         | 1:SC 13:
          a second reason waits for its minute   | SSBBBBBBBBBBBBBB                       | 1:S 13:SC
          a reason takes the place of another    | SSCCCCCCCCCCCCCC                       | 1:S 13:C
          the next beginning waits for a minute  | SS............SSSSSSSSSSSSSS           | 1:S 13: 25:S
          so does the next end                   | SS............SS...................... | 1:S 13: 25:S 37:
          """)
  void rejections_last_from_two_periods_in_a_row_until_a_minute_without_one(
      String name, String periods, String expected) {
    // When
    pass(periods);

    // Then
    assertThat(String.join(" ", changes)).isEqualTo(expected == null ? "" : expected);
  }

  @ParameterizedTest
  @CsvSource({
    "'', true",
    "., true",
    "S, false",
    "S., true",
    "SS............, false",
    "SS......................., false",
    "SS........................, true",
  })
  void nothing_is_left_to_remember_a_minute_after_the_end(String periods, boolean over) {
    // When
    pass(periods);

    // Then
    assertThat(rejections.isOver(START_NANOS + (periods.length() - 1) * PERIOD_NANOS))
        .isEqualTo(over);
  }

  private void pass(String periods) {
    for (int i = 0; i < periods.length(); i++) {
      if (rejections.endPeriod(rejected(periods.charAt(i)), START_NANOS + i * PERIOD_NANOS)) {
        changes.add(i + ":" + letters(rejections.reasons()));
      }
    }
  }

  private static Set<AdmissionResult> rejected(char period) {
    return switch (period) {
      case 'S' -> EnumSet.of(AdmissionResult.SERVICE_LIMIT);
      case 'C' -> EnumSet.of(AdmissionResult.CLIENT_LIMIT);
      case 'B' -> EnumSet.of(AdmissionResult.SERVICE_LIMIT, AdmissionResult.CLIENT_LIMIT);
      default -> Set.of();
    };
  }

  private static String letters(Set<AdmissionResult> reasons) {
    return reasons.stream()
        .map(reason -> reason.name().substring(0, 1))
        .collect(Collectors.joining());
  }
}
