package dev.ballast.operator.service.settings;

import dev.ballast.api.v1alpha1.LimitsSpec;
import dev.ballast.api.v1alpha1.TimeoutsSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The limits and timeouts of a Service.
 *
 * @param limits null when only the budget of the node limits the Service
 * @param ignoredAnnotations messages about annotations with invalid values
 */
public record ServiceSettings(
    TimeoutsSpec timeouts, @Nullable LimitsSpec limits, List<String> ignoredAnnotations) {

  /** {@code annotations} are those of the Service. */
  public static ServiceSettings of(Map<String, String> annotations, SettingDefaults defaults) {
    List<String> ignored = new ArrayList<>();
    Function<TrafficSetting, SettingValue> valueOf =
        setting -> {
          ResolvedSetting resolved = ResolvedSetting.of(setting, annotations, defaults);
          ignored.addAll(resolved.ignored());
          return resolved.value();
        };
    TimeoutsSpec timeouts = timeouts(valueOf);
    LimitsSpec limits = limits(valueOf);
    return new ServiceSettings(
        timeouts, limits.equals(LimitsSpec.NONE) ? null : limits, List.copyOf(ignored));
  }

  private static TimeoutsSpec timeouts(Function<TrafficSetting, SettingValue> valueOf) {
    return new TimeoutsSpec(
        valueOf.apply(TrafficSetting.CONNECT_TIMEOUT).limitedAmount(),
        valueOf.apply(TrafficSetting.IDLE_TIMEOUT).limitedAmount(),
        valueOf.apply(TrafficSetting.UDP_IDLE_TIMEOUT).limitedAmount());
  }

  private static LimitsSpec limits(Function<TrafficSetting, SettingValue> valueOf) {
    return new LimitsSpec(
        valueOf.apply(TrafficSetting.MAX_CONNECTIONS).amount(),
        valueOf.apply(TrafficSetting.MAX_NEW_CONNECTIONS_PER_SECOND).amount(),
        valueOf.apply(TrafficSetting.MAX_CONNECTIONS_PER_CLIENT).amount(),
        valueOf.apply(TrafficSetting.MAX_CONNECTIONS_PER_BACKEND).amount());
  }
}
