package dev.ballast.operator.service.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The value of one setting: the Service's own, or else that of its namespace, of the installation,
 * or the built-in one. An invalid value is skipped: a typo must not break a Service.
 *
 * @param ignored messages about the invalid values that would come first
 */
record ResolvedSetting(SettingValue value, List<String> ignored) {

  /** An annotation can be longer than the message of a condition. */
  private static final int MAX_QUOTED = 60;

  /**
   * An invalid value.
   *
   * @param where the annotation, as a message names it
   */
  private record Invalid(String where, String text) {}

  /** {@code annotations} are those of the Service. */
  static ResolvedSetting of(
      TrafficSetting setting, Map<String, String> annotations, SettingDefaults defaults) {
    List<Invalid> invalid = new ArrayList<>();
    String name = setting.annotation();
    Optional<SettingValue> own = parse(setting, name, annotations, invalid);
    if (own.isPresent()) {
      return new ResolvedSetting(own.get(), List.of());
    }
    String ofNamespace = " of namespace " + defaults.namespace();
    Optional<SettingValue> namespaces =
        parse(setting, name + ofNamespace, defaults.annotations(), invalid);
    if (namespaces.isPresent()) {
      return resolved(setting, namespaces.get(), ofNamespace, invalid);
    }
    return defaults
        .installation()
        .find(setting)
        .map(value -> resolved(setting, value, " of the installation", invalid))
        .orElseGet(() -> resolved(setting, setting.builtIn(), "", invalid));
  }

  private static Optional<SettingValue> parse(
      TrafficSetting setting,
      String where,
      Map<String, String> annotations,
      List<Invalid> invalid) {
    String text = annotations.get(setting.annotation());
    if (text == null) {
      return Optional.empty();
    }
    Optional<SettingValue> value = setting.format().parse(text);
    if (value.isEmpty()) {
      invalid.add(new Invalid(where, text));
    }
    return value;
  }

  private static ResolvedSetting resolved(
      TrafficSetting setting, SettingValue value, String ofWhat, List<Invalid> invalid) {
    return new ResolvedSetting(
        value,
        invalid.stream()
            .map(
                it ->
                    "The annotation %s has the invalid value '%s'. The default %s%s is used. A valid value is %s."
                        .formatted(
                            it.where(),
                            quoted(it.text()),
                            value.text(),
                            ofWhat,
                            setting.format().validValue()))
            .toList());
  }

  private static String quoted(String text) {
    return text.length() > MAX_QUOTED ? text.substring(0, MAX_QUOTED) + "…" : text;
  }
}
