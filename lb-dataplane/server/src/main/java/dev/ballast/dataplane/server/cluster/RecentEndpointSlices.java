package dev.ballast.dataplane.server.cluster;

import dev.ballast.dataplane.core.plan.ServiceKey;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A small cache of EndpointSlices that were just created for Services that this node does not serve
 * yet. The slices of a new Service come a moment before its LoadBalancer, and need no request then.
 * The cache has a fixed size and takes small slices only, so that memory does not grow with the
 * cluster.
 */
final class RecentEndpointSlices {

  private static final int MAX_SERVICES = 64;
  private static final int MAX_ENDPOINTS = 32;

  private final Map<ServiceKey, Map<String, EndpointSlice>> slicesByService =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ServiceKey, Map<String, EndpointSlice>> e) {
          return size() > MAX_SERVICES;
        }
      };

  /** A slice that has changed since its creation is not cached: there may be more slices. */
  void add(String key, ServiceKey id, EndpointSlice slice) {
    boolean unchanged = Objects.equals(slice.getMetadata().getGeneration(), 1L);
    if (unchanged && slice.getEndpoints() != null && slice.getEndpoints().size() <= MAX_ENDPOINTS) {
      slicesByService.computeIfAbsent(id, service -> new HashMap<>()).put(key, slice);
    } else {
      slicesByService.remove(id);
    }
  }

  void remove(String key) {
    slicesByService.values().removeIf(slices -> slices.containsKey(key));
  }

  /** Removes and returns the slices of this Service, by key. */
  Map<String, EndpointSlice> takeSlicesOf(ServiceKey id) {
    Map<String, EndpointSlice> taken = slicesByService.remove(id);
    return taken == null ? Map.of() : taken;
  }
}
