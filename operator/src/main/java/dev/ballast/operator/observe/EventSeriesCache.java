package dev.ballast.operator.observe;

import io.fabric8.kubernetes.api.model.events.v1.Event;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The latest Events, so that an equal one is counted in the {@code series} of the first one. The
 * API server rejects any other change of an Event. Thread-safe.
 */
final class EventSeriesCache {

  /** The API server deletes an Event after an hour. A patch of the series does not extend that. */
  private static final Duration MAX_AGE = Duration.ofMinutes(30);

  private static final int MAX_SIZE = 4096;

  private final Map<EventKey, EventSeriesEntry> entries = new LinkedHashMap<>();

  /** What equal Events have in common. */
  private record EventKey(String uid, String type, String reason, String note) {}

  /** Equal Events. Who writes one holds the lock of this. */
  static final class EventSeriesEntry {
    private final Instant began;

    /** As the API server has it; null before it is written. */
    @Nullable Event first;

    int count;

    EventSeriesEntry(Instant began) {
      this.began = began;
    }
  }

  /** Returns the entry of all Events that are equal to this one. */
  synchronized EventSeriesEntry entryOf(Event event, Instant now) {
    Iterator<EventSeriesEntry> oldest = entries.values().iterator();
    while (oldest.hasNext()) {
      boolean expired = oldest.next().began.isBefore(now.minus(MAX_AGE));
      if (!expired && entries.size() < MAX_SIZE) {
        break;
      }
      oldest.remove();
    }
    return entries.computeIfAbsent(
        new EventKey(
            event.getRegarding().getUid(), event.getType(), event.getReason(), event.getNote()),
        key -> new EventSeriesEntry(now));
  }
}
