package dev.ballast.operator.service.settings;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A valid value of a setting.
 *
 * @param text as the user wrote it, for messages
 * @param amount in the unit of the LoadBalancer's field; null means unlimited
 */
record SettingValue(String text, @Nullable Integer amount) {

  static final SettingValue UNLIMITED = new SettingValue("unlimited", null);

  /** For a timeout, which is never unlimited. */
  int limitedAmount() {
    return Objects.requireNonNull(amount);
  }
}
