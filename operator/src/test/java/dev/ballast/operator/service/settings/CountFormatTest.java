package dev.ballast.operator.service.settings;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("feature:limits")
class CountFormatTest {

  private static final CountFormat FORMAT = new CountFormat(10_000_000);

  @ParameterizedTest
  @ValueSource(ints = {1, 9, 10, 1000, 9_999_999, 10_000_000})
  void a_whole_number_in_range_is_valid(int count) {
    assertThat(FORMAT.parse(String.valueOf(count)))
        .contains(new SettingValue(String.valueOf(count), count));
  }

  @Test
  void unlimited_has_no_amount() {
    assertThat(FORMAT.parse("unlimited")).contains(new SettingValue("unlimited", null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "0",
        "-1",
        "+5",
        "007",
        "1.5",
        "1e3",
        "1k",
        "1_000",
        "1,000",
        " 100",
        "100 ",
        "0x10",
        "10000001",
        "2147483648",
        "99999999999999999999",
        "Unlimited",
        "none",
        "٣",
      })
  void any_other_text_is_invalid(String text) {
    assertThat(FORMAT.parse(text)).isEmpty();
  }
}
