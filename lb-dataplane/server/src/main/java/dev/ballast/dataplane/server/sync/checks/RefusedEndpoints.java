package dev.ballast.dataplane.server.sync.checks;

import dev.ballast.dataplane.core.endpoint.EndpointAdmission.RefusedEndpoint;
import dev.ballast.dataplane.core.plan.ServiceKey;
import dev.ballast.logging.LogKeys;
import io.netty.util.NetUtil;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The endpoints of the served Services that get no connections. Logs a change of them once. One
 * thread uses it.
 */
public final class RefusedEndpoints {

  private static final Logger log = LoggerFactory.getLogger(RefusedEndpoints.class);

  private final Map<ServiceKey, List<RefusedEndpoint>> byService = new HashMap<>();

  /** Those of a Service. */
  public List<RefusedEndpoint> of(ServiceKey id) {
    return byService.getOrDefault(id, List.of());
  }

  /** Brings the examined Services up to date. */
  public void update(Set<ServiceKey> examined, Map<ServiceKey, List<RefusedEndpoint>> refused) {
    for (ServiceKey id : examined) {
      List<RefusedEndpoint> before = of(id);
      List<RefusedEndpoint> now = refused.getOrDefault(id, List.of());
      if (now.isEmpty()) {
        byService.remove(id);
      } else {
        byService.put(id, now);
      }
      if (!now.isEmpty() && !now.equals(before)) {
        RefusedEndpoint first = now.getFirst();
        log.atWarn()
            .addKeyValue(LogKeys.SERVICE, id)
            .addKeyValue(LogKeys.ADDRESS, NetUtil.toAddressString(first.endpoint().address()))
            .addKeyValue(LogKeys.REASON, first.reason())
            .log(
                "Not connecting to {} endpoints of a Service, of which this is the first",
                now.size());
      }
    }
  }
}
