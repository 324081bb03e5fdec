package dev.ballast.dataplane.server.cluster;

import dev.ballast.dataplane.core.plan.ServiceKey;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Slices that were just made for Services that this node does not serve, or not yet: those of a new
 * Service come a moment before its LoadBalancer does, and are there then without a request. The
 * latest few, and small ones only, so that memory does not grow with the cluster.
 */
final class RecentEndpointSlices {

  private static final int SERVICES = 64;
  private static final int ENDPOINTS = 32;

  private final Map<ServiceKey, Map<String, EndpointSlice>> latest =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ServiceKey, Map<String, EndpointSlice>> e) {
          return size() > SERVICES;
        }
      };

  /** What has changed since it was made is not known to be all there is. */
  void saw(String key, ServiceKey id, EndpointSlice slice) {
    boolean unchanged = Objects.equals(slice.getMetadata().getGeneration(), 1L);
    if (unchanged && slice.getEndpoints() != null && slice.getEndpoints().size() <= ENDPOINTS) {
      latest.computeIfAbsent(id, service -> new HashMap<>()).put(key, slice);
    } else {
      latest.remove(id);
    }
  }

  void deleted(String key) {
    latest.values().removeIf(slices -> slices.containsKey(key));
  }

  /** Those of this Service by their keys; forgotten thereby. */
  Map<String, EndpointSlice> take(ServiceKey id) {
    Map<String, EndpointSlice> taken = latest.remove(id);
    return taken == null ? Map.of() : taken;
  }
}
