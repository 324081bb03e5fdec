package dev.ballast.operator.service;

import dev.ballast.logging.LogKeys;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.observe.EventRecorder;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Service;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells what is new on a Service, once: by an Event each, and by a line in the log of what needs a
 * person. The line is no warning: most of it is for the owner of the Service, not for ours.
 */
final class ServiceEvents {

  private static final Logger log = LoggerFactory.getLogger(ServiceEvents.class);

  private static final Set<String> BAD_WHEN_TRUE =
      Set.of(ServiceConditions.PORTS_ERROR, ServiceConditions.CONFLICT);

  private final EventRecorder events;

  ServiceEvents(EventRecorder events) {
    this.events = events;
  }

  void tell(Service service, List<Condition> news) {
    for (Condition one : news) {
      if (isGood(one)) {
        events.normal(service, one.getReason(), one.getMessage());
      } else {
        events.warning(service, one.getReason(), one.getMessage());
        log.atInfo()
            .addKeyValue(LogKeys.SERVICE, nameOf(service))
            .addKeyValue(LogKeys.REASON, one.getReason())
            .log(one.getMessage());
      }
    }
  }

  /** That another machine has an address which was given and is not published. */
  void tellConflict(Service service, IpAddress address, String why) {
    events.warning(
        service,
        ServiceConditions.ADDRESS_IN_USE,
        "%s cannot be used: %s. The Service gets another address, unless it asks for this one or the pools have no other."
            .formatted(address, why));
  }

  private static boolean isGood(Condition condition) {
    boolean badWhenTrue = BAD_WHEN_TRUE.contains(condition.getType());
    return condition.getStatus().equals("True") != badWhenTrue;
  }

  private static String nameOf(Service service) {
    return service.getMetadata().getNamespace() + "/" + service.getMetadata().getName();
  }
}
