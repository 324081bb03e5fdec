package dev.ballast.apiclient;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeartbeatKeyFileTest {

  @Test
  void each_line_is_a_key_and_the_first_one_stays_first() {
    // When
    HeartbeatKeyFile file = HeartbeatKeyFile.parse(base64(32, 1) + "\n" + base64(48, 2) + "\n");

    // Then
    assertThat(file.keys()).containsExactly(bytes(32, 1), bytes(48, 2));
    assertThat(file.invalidLines()).isEmpty();
  }

  @Test
  void blank_lines_and_spaces_around_a_key_have_no_meaning() {
    // When
    HeartbeatKeyFile file = HeartbeatKeyFile.parse("\r\n  " + base64(32, 1) + " \r\n\n");

    // Then
    assertThat(file.keys()).containsExactly(bytes(32, 1));
    assertThat(file.invalidLines()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("invalid")
  void a_line_that_is_not_a_key_has_its_number_in_the_result(String line) {
    // When
    HeartbeatKeyFile file = HeartbeatKeyFile.parse("\n" + line + "\n" + base64(32, 1));

    // Then
    assertThat(file.keys()).containsExactly(bytes(32, 1));
    assertThat(file.invalidLines()).containsExactly(2);
  }

  static String[] invalid() {
    return new String[] {base64(31, 1), "hello", "#" + base64(32, 1), base64(32, 1) + "="};
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", " \n\t\n"})
  void an_empty_file_has_no_key_and_no_invalid_line(String text) {
    // When
    HeartbeatKeyFile file = HeartbeatKeyFile.parse(text);

    // Then
    assertThat(file.keys()).isEmpty();
    assertThat(file.invalidLines()).isEmpty();
  }

  private static String base64(int length, int value) {
    return Base64.getEncoder().encodeToString(bytes(length, value));
  }

  private static byte[] bytes(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }
}
