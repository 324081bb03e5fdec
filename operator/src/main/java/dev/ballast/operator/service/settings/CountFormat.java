package dev.ballast.operator.service.settings;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A whole number from 1 to {@code max}, or {@code unlimited}, by which a Service leaves a limit of
 * its namespace.
 */
record CountFormat(int max) implements SettingFormat {

  /** Nine digits fit into an int. */
  private static final Pattern COUNT = Pattern.compile("[1-9][0-9]{0,8}");

  @Override
  public Optional<SettingValue> parse(String text) {
    if (text.equals(SettingValue.UNLIMITED.text())) {
      return Optional.of(SettingValue.UNLIMITED);
    }
    if (!COUNT.matcher(text).matches() || Integer.parseInt(text) > max) {
      return Optional.empty();
    }
    return Optional.of(new SettingValue(text, Integer.valueOf(text)));
  }

  @Override
  public String validValue() {
    return "a whole number from 1 to %d, or unlimited".formatted(max);
  }
}
