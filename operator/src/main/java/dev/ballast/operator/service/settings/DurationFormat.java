package dev.ballast.operator.service.settings;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * A duration as in Gateway API (GEP-2257), which is the part of Go's syntax that the API machinery
 * of Kubernetes writes. A number without a unit is invalid: readers would disagree on the unit.
 *
 * @param min shortest duration, as a user writes it
 * @param max longest duration, as a user writes it
 * @param unit of the LoadBalancer's field; the duration is a multiple of it
 * @param example for messages
 */
record DurationFormat(String min, String max, Duration unit, String example)
    implements SettingFormat {

  /** Four parts of nine digits cannot overflow. */
  private static final Pattern DURATION = Pattern.compile("(?:[0-9]{1,9}(?:h|ms|m|s)){1,4}");

  private static final Pattern PART = Pattern.compile("([0-9]+)(h|ms|m|s)");

  private static final Map<String, Duration> UNITS =
      Map.of(
          "h", Duration.ofHours(1),
          "m", Duration.ofMinutes(1),
          "s", Duration.ofSeconds(1),
          "ms", Duration.ofMillis(1));

  @Override
  public Optional<SettingValue> parse(String text) {
    if (!DURATION.matcher(text).matches()) {
      return Optional.empty();
    }
    Duration duration = durationOf(text);
    if (duration.compareTo(durationOf(min)) < 0
        || duration.compareTo(durationOf(max)) > 0
        || duration.toMillis() % unit.toMillis() != 0) {
      return Optional.empty();
    }
    return Optional.of(
        new SettingValue(text, Math.toIntExact(duration.toMillis() / unit.toMillis())));
  }

  private static Duration durationOf(String text) {
    return PART.matcher(text)
        .results()
        .map(DurationFormat::partOf)
        .reduce(Duration.ZERO, Duration::plus);
  }

  private static Duration partOf(MatchResult part) {
    return Objects.requireNonNull(UNITS.get(part.group(2)))
        .multipliedBy(Long.parseLong(part.group(1)));
  }

  @Override
  public String validValue() {
    return "a duration from %s to %s%s, such as %s"
        .formatted(
            min, max, unit.equals(Duration.ofSeconds(1)) ? " in whole seconds" : "", example);
  }
}
