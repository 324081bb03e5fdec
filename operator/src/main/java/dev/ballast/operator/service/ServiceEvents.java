package dev.ballast.operator.service;

import dev.ballast.logging.LogKeys;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.observe.EventRecorder;
import dev.ballast.operator.service.status.SentenceCase;
import dev.ballast.operator.service.status.ServiceConditionReason;
import dev.ballast.operator.service.status.ServiceConditionType;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Service;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports changed conditions of a Service: each by an Event, and each that needs attention by a log
 * line. The line is no warning, since most of these are for the owner of the Service and not for
 * the administrator of the operator.
 */
final class ServiceEvents {

  private static final Logger log = LoggerFactory.getLogger(ServiceEvents.class);

  private final EventRecorder events;

  ServiceEvents(EventRecorder events) {
    this.events = events;
  }

  void record(Service service, List<Condition> changes) {
    for (Condition change : changes) {
      if (isGood(change)) {
        events.normal(service, change.getReason(), change.getMessage());
      } else {
        events.warning(service, change.getReason(), change.getMessage());
        log.atInfo()
            .addKeyValue(LogKeys.SERVICE, nameOf(service))
            .addKeyValue(LogKeys.REASON, change.getReason())
            .log("Service needs attention: {}", change.getMessage());
      }
    }
  }

  /** An assigned address that is not published yet cannot be used. */
  void recordConflict(Service service, IpAddress address, String why) {
    events.warning(
        service,
        ServiceConditionReason.ADDRESS_IN_USE.reason(),
        "%s cannot be used. %s The Service gets another address, unless it requests this one or the pools have no other."
            .formatted(address, SentenceCase.of(why)));
  }

  private static boolean isGood(Condition condition) {
    return ServiceConditionType.of(condition.getType())
        .orElseThrow()
        .isGood(condition.getStatus().equals("True"));
  }

  private static String nameOf(Service service) {
    return service.getMetadata().getNamespace() + "/" + service.getMetadata().getName();
  }
}
