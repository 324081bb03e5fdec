package dev.ballast.operator.service.settings;

import dev.ballast.api.v1alpha1.ApiNames;
import dev.ballast.api.v1alpha1.TimeoutsSpec;
import java.time.Duration;

/**
 * A limit or a timeout. Users set it by annotation on a Service or on its namespace. Administrators
 * set it for the installation, by an environment variable that the chart passes.
 */
enum TrafficSetting {
  IDLE_TIMEOUT(ApiNames.IDLE_TIMEOUT_ANNOTATION),
  CONNECT_TIMEOUT(ApiNames.CONNECT_TIMEOUT_ANNOTATION),
  UDP_IDLE_TIMEOUT(ApiNames.UDP_IDLE_TIMEOUT_ANNOTATION),
  MAX_CONNECTIONS(ApiNames.MAX_CONNECTIONS_ANNOTATION),
  MAX_NEW_CONNECTIONS_PER_SECOND(ApiNames.MAX_NEW_CONNECTIONS_PER_SECOND_ANNOTATION),
  MAX_CONNECTIONS_PER_CLIENT(ApiNames.MAX_CONNECTIONS_PER_CLIENT_ANNOTATION),
  MAX_CONNECTIONS_PER_BACKEND(ApiNames.MAX_CONNECTIONS_PER_BACKEND_ANNOTATION);

  private static final Duration SECOND = Duration.ofSeconds(1);

  private final String annotation;

  TrafficSetting(String annotation) {
    this.annotation = annotation;
  }

  String annotation() {
    return annotation;
  }

  String environmentVariable() {
    return "BALLAST_DEFAULT_" + name();
  }

  /** The ranges are those of the LoadBalancer's fields. */
  SettingFormat format() {
    return switch (this) {
      case IDLE_TIMEOUT -> new DurationFormat("1s", "168h", SECOND, "1h30m");
      case CONNECT_TIMEOUT -> new DurationFormat("10ms", "10m", Duration.ofMillis(1), "2500ms");
      case UDP_IDLE_TIMEOUT -> new DurationFormat("1s", "24h", SECOND, "3m");
      case MAX_CONNECTIONS,
          MAX_NEW_CONNECTIONS_PER_SECOND,
          MAX_CONNECTIONS_PER_CLIENT,
          MAX_CONNECTIONS_PER_BACKEND ->
          new CountFormat(10_000_000);
    };
  }

  /** The value where nobody sets one. */
  SettingValue builtIn() {
    return switch (this) {
      case IDLE_TIMEOUT -> timeout(TimeoutsSpec.DEFAULT.idleSeconds(), "s");
      case CONNECT_TIMEOUT -> timeout(TimeoutsSpec.DEFAULT.connectMilliseconds(), "ms");
      case UDP_IDLE_TIMEOUT -> timeout(TimeoutsSpec.UDP_IDLE_SECONDS, "s");
      case MAX_CONNECTIONS,
          MAX_NEW_CONNECTIONS_PER_SECOND,
          MAX_CONNECTIONS_PER_CLIENT,
          MAX_CONNECTIONS_PER_BACKEND ->
          SettingValue.UNLIMITED;
    };
  }

  private static SettingValue timeout(int amount, String unit) {
    return new SettingValue(amount + unit, amount);
  }
}
