package dev.ballast.operator.service.settings;

import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** Limits and timeouts that the administrator sets for the whole installation. */
public record InstallationDefaults(Map<TrafficSetting, SettingValue> values) {

  /** The administrator sets nothing. */
  public static final InstallationDefaults NONE = new InstallationDefaults(Map.of());

  public InstallationDefaults {
    values = Map.copyOf(values);
  }

  /** Throws {@link IllegalArgumentException} with a message about the invalid variable. */
  public static InstallationDefaults from(Map<String, String> env) {
    Map<TrafficSetting, SettingValue> values = new EnumMap<>(TrafficSetting.class);
    for (TrafficSetting setting : TrafficSetting.values()) {
      String text = env.get(setting.environmentVariable());
      if (text != null) {
        values.put(setting, setting.format().parse(text).orElseThrow(() -> invalid(setting, text)));
      }
    }
    return new InstallationDefaults(values);
  }

  private static IllegalArgumentException invalid(TrafficSetting setting, String text) {
    return new IllegalArgumentException(
        "%s has the invalid value '%s'. Set it to %s."
            .formatted(setting.environmentVariable(), text, setting.format().validValue()));
  }

  Optional<SettingValue> find(TrafficSetting setting) {
    return Optional.ofNullable(values.get(setting));
  }
}
