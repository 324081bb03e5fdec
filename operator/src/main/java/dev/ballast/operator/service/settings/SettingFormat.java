package dev.ballast.operator.service.settings;

import java.util.Optional;

/** Which texts are valid values of a setting. */
sealed interface SettingFormat permits CountFormat, DurationFormat {

  /** Empty when the text is not a valid value. */
  Optional<SettingValue> parse(String text);

  /** The object of a sentence such as "Set it to a whole number from 1 to 10". */
  String validValue();
}
