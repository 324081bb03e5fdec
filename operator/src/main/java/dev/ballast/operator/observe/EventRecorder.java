package dev.ballast.operator.observe;

import dev.ballast.logging.LogKeys;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes Events (events.k8s.io/v1) asynchronously, and counts equal ones in one object. An Event
 * that cannot be written is dropped, because the status has a condition with the same reason.
 */
public final class EventRecorder {

  private static final Logger log = LoggerFactory.getLogger(EventRecorder.class);
  private static final String CONTROLLER = "ballast.dev/operator";
  private static final int MAX_NOTE = 1024;

  /** The delay lets the status that the Event reports be written first. */
  private static final long DELAY_MILLIS = 100;

  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  private final KubernetesClient client;
  private final String instance;
  private final InstantSource clock;
  private final ScheduledExecutorService executor;
  private final EventSeriesCache latest = new EventSeriesCache();

  /** {@code instance} is the name of this process, usually of its Pod. */
  public EventRecorder(
      KubernetesClient client,
      String instance,
      InstantSource clock,
      ScheduledExecutorService executor) {
    this.client = client;
    this.instance = instance;
    this.clock = clock;
    this.executor = executor;
  }

  /** Records an Event about expected progress. */
  public void normal(HasMetadata object, String reason, String note) {
    record(object, "Normal", reason, note);
  }

  /** Records an Event that needs attention. The note says what happened, why, and what to do. */
  public void warning(HasMetadata object, String reason, String note) {
    record(object, "Warning", reason, note);
  }

  private void record(HasMetadata object, String type, String reason, String note) {
    var metadata = object.getMetadata();
    var event =
        new EventBuilder()
            .withNewMetadata()
            .withNamespace(metadata.getNamespace())
            .withGenerateName(metadata.getName() + "-")
            .endMetadata()
            .withEventTime(new MicroTime(MICROS.format(clock.instant())))
            .withReportingController(CONTROLLER)
            .withReportingInstance(instance)
            .withAction("Reconcile")
            .withType(type)
            .withReason(reason)
            .withNote(note.length() > MAX_NOTE ? note.substring(0, MAX_NOTE) : note)
            .withRegarding(
                new ObjectReferenceBuilder()
                    .withApiVersion(object.getApiVersion())
                    .withKind(object.getKind())
                    .withNamespace(metadata.getNamespace())
                    .withName(metadata.getName())
                    .withUid(metadata.getUid())
                    .build())
            .build();
    try {
      var unused =
          executor.schedule(() -> write(event, reason), DELAY_MILLIS, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.atDebug().addKeyValue(LogKeys.REASON, reason).log("Event dropped during shutdown");
    }
  }

  private void write(Event event, String reason) {
    EventSeriesCache.EventSeriesEntry series = latest.entryOf(event, clock.instant());
    synchronized (series) {
      try {
        if (series.first == null || !count(series, series.first, event)) {
          series.first = client.resource(event).create();
          series.count = 1;
        }
      } catch (KubernetesClientException e) {
        log.atWarn().addKeyValue(LogKeys.REASON, reason).log("Event dropped: {}", e.getMessage());
      }
    }
  }

  /** Returns false if the API server has deleted the first Event. */
  private boolean count(EventSeriesCache.EventSeriesEntry series, Event first, Event equal) {
    try {
      client
          .resource(first)
          .patch(
              PatchContext.of(PatchType.JSON_MERGE),
              "{\"series\":{\"count\":%d,\"lastObservedTime\":\"%s\"}}"
                  .formatted(series.count + 1, equal.getEventTime().getTime()));
      series.count++;
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }
}
