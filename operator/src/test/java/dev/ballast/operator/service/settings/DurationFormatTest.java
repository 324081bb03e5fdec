package dev.ballast.operator.service.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("feature:limits")
class DurationFormatTest {

  private static final DurationFormat SECONDS =
      new DurationFormat("1s", "168h", Duration.ofSeconds(1), "1h30m");

  private static final DurationFormat MILLISECONDS =
      new DurationFormat("10ms", "10m", Duration.ofMillis(1), "2500ms");

  @ParameterizedTest
  @CsvSource({
    "1s,          1",
    "350s,        350",
    "90m,         5400",
    "24h,         86400",
    "168h,        604800",
    "604800s,     604800",
    "1h30m,       5400",
    "1h0m1s,      3601",
    "2000ms,      2",
    "1s1000ms,    2",
    "167h59m60s,  604800",
    "0h0m1s,      1",
    "007s,        7",
  })
  void a_duration_in_whole_seconds_is_the_sum_of_its_parts(String text, int seconds) {
    assertThat(SECONDS.parse(text)).contains(new SettingValue(text, seconds));
  }

  @ParameterizedTest
  @CsvSource({
    "10ms,    10",
    "2500ms,  2500",
    "2s500ms, 2500",
    "1m,      60000",
    "10m,     600000",
  })
  void a_duration_in_milliseconds_is_the_sum_of_its_parts(String text, int milliseconds) {
    assertThat(MILLISECONDS.parse(text)).contains(new SettingValue(text, milliseconds));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "350",
        "0",
        "s",
        "h1",
        "-1s",
        "+1s",
        "1.5h",
        "1,5h",
        " 24h",
        "24h ",
        "1h 30m",
        "24H",
        "1d",
        "1w",
        "5us",
        "5ns",
        "1hour",
        "PT24H",
        "unlimited",
        "infinity",
        "٣s",
        "24h\n",
        "1h1h1h1h1h",
        "1000000000s",
        "999999999999999999999999h",
      })
  void a_text_that_is_not_a_duration_of_Kubernetes_is_invalid(String text) {
    assertThat(SECONDS.parse(text)).isEmpty();
    assertThat(MILLISECONDS.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0s", "999ms", "1500ms", "168h1s", "169h", "168h1000ms", "999999999h999999999h"})
  void a_duration_out_of_range_or_with_a_part_of_a_second_is_invalid(String text) {
    assertThat(SECONDS.parse(text)).isEqualTo(Optional.empty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0ms", "9ms", "10m1ms", "600001ms", "1h"})
  void a_duration_out_of_the_range_in_milliseconds_is_invalid(String text) {
    assertThat(MILLISECONDS.parse(text)).isEqualTo(Optional.empty());
  }
}
