package dev.ballast.dataplane.server.relay.backend;

import dev.ballast.dataplane.core.admission.AdmissionResult;
import dev.ballast.dataplane.core.admission.LastingRejections;
import dev.ballast.dataplane.core.plan.ServiceKey;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/**
 * Reads the counters of all ports, and knows which Services reject connections for some time. Runs
 * on the control loop. A Service without rejections costs one read for each of its ports.
 */
public final class RejectionMonitor {

  /** Time between two readings, in seconds. */
  public static final long PERIOD_SECONDS = 5;

  /** What the counters of one port were at the last reading. */
  private static final class Reading {
    private final ServiceKey service;
    private final Map<AdmissionResult, Long> rejections = new EnumMap<>(AdmissionResult.class);
    private long total;

    private Reading(ServiceKey service) {
      this.service = service;
    }

    /** The reasons for which connections were rejected since the last reading. */
    private Set<AdmissionResult> next(TrafficCounters counters) {
      // Before the reasons: what is added meanwhile is in them now or the next time.
      long all = counters.rejections();
      if (all == total) {
        return Set.of();
      }
      total = all;
      Set<AdmissionResult> changed = EnumSet.noneOf(AdmissionResult.class);
      for (AdmissionResult why : AdmissionResult.values()) {
        long now = counters.rejections(why);
        Long before = rejections.put(why, now);
        if (now != (before == null ? 0 : before)) {
          changed.add(why);
        }
      }
      return changed;
    }
  }

  private final Map<TrafficCounters, Reading> readings = new HashMap<>();
  private final Map<ServiceKey, LastingRejections> lastingRejections = new HashMap<>();

  /** Reads the counters of one more port of the Service. */
  public void add(ServiceKey service, TrafficCounters counters) {
    readings.put(counters, new Reading(service));
  }

  /** The port is gone. */
  public void remove(TrafficCounters counters) {
    readings.remove(counters);
  }

  /**
   * Reads all counters. Returns the Services whose {@link #lastingRejections} have changed. Without
   * rejections it runs no lambda, since the first run of one allocates to link it.
   */
  public Set<ServiceKey> read(long nowNanos) {
    Map<ServiceKey, Set<AdmissionResult>> rejected = new HashMap<>();
    for (Map.Entry<TrafficCounters, Reading> port : readings.entrySet()) {
      Set<AdmissionResult> reasons = port.getValue().next(port.getKey());
      if (!reasons.isEmpty()) {
        ServiceKey service = port.getValue().service;
        lastingRejections.putIfAbsent(service, new LastingRejections());
        rejected
            .computeIfAbsent(service, first -> EnumSet.noneOf(AdmissionResult.class))
            .addAll(reasons);
      }
    }
    Set<ServiceKey> changed = new HashSet<>();
    Iterator<Map.Entry<ServiceKey, LastingRejections>> services =
        lastingRejections.entrySet().iterator();
    while (services.hasNext()) {
      Map.Entry<ServiceKey, LastingRejections> each = services.next();
      if (each.getValue().endPeriod(rejected.getOrDefault(each.getKey(), Set.of()), nowNanos)) {
        changed.add(each.getKey());
      }
      if (each.getValue().isOver(nowNanos)) {
        services.remove();
      }
    }
    return changed;
  }

  /** Why the Service rejects connections for some time, in the order of the reasons. */
  public Set<AdmissionResult> lastingRejections(ServiceKey service) {
    LastingRejections lasting = lastingRejections.get(service);
    return lasting == null ? Set.of() : lasting.reasons();
  }
}
