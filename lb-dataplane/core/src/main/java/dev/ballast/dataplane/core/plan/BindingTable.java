package dev.ballast.dataplane.core.plan;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Assigns bindings to Services. If several Services request one binding, the Service that has it
 * keeps it. If no Service has it, the first by name gets it, so that every node decides alike. The
 * cost of a change depends on the bindings of the Services that it names, not on all bindings.
 *
 * <p>Not thread-safe.
 */
public final class BindingTable {

  private static final Comparator<ServiceKey> BY_NAME =
      Comparator.comparing(ServiceKey::namespace).thenComparing(ServiceKey::name);

  /** What each Service requests, whether it is assigned or not. */
  private final Map<ServiceKey, Map<Binding, BindingConfig>> requested = new HashMap<>();

  private final Map<Binding, SortedSet<ServiceKey>> requesters = new HashMap<>();
  private final Map<Binding, BindingConfig> assigned = new HashMap<>();

  /** The configuration of this binding; empty when it is not assigned. */
  public Optional<BindingConfig> find(Binding binding) {
    return Optional.ofNullable(assigned.get(binding));
  }

  /** The other Service that has a binding which this Service requests. */
  public Optional<ServiceKey> conflictingService(ServiceKey service, Binding binding) {
    return find(binding).map(BindingConfig::service).filter(holder -> !holder.equals(service));
  }

  /** Applies the changes, and returns the listener operations that they need. */
  public ListenerPlan apply(VirtualServerChanges changes) {
    Set<Binding> affected = new LinkedHashSet<>();
    Map<ServiceKey, VirtualServer> serve = new TreeMap<>(BY_NAME);
    serve.putAll(changes.updated());
    for (ServiceKey ended : changes.removed()) {
      affected.addAll(request(ended, Map.of()));
    }
    serve.forEach((id, server) -> affected.addAll(request(id, bindings(server))));
    Set<ServiceKey> affectedServices = new LinkedHashSet<>(changes.removed());
    affectedServices.addAll(changes.updated().keySet());
    return new ListenerPlan(plan(affected, affectedServices), affectedServices);
  }

  /** Returns the bindings that the Service requested before, or requests now. */
  private Set<Binding> request(ServiceKey id, Map<Binding, BindingConfig> now) {
    Map<Binding, BindingConfig> before =
        now.isEmpty() ? requested.remove(id) : requested.put(id, now);
    Set<Binding> either = new LinkedHashSet<>(now.keySet());
    if (before != null) {
      for (Binding binding : before.keySet()) {
        if (either.add(binding)) {
          requesters.computeIfPresent(
              binding,
              (at, services) -> services.remove(id) && services.isEmpty() ? null : services);
        }
      }
    }
    for (Binding binding : now.keySet()) {
      requesters.computeIfAbsent(binding, at -> new TreeSet<>(BY_NAME)).add(id);
    }
    return either;
  }

  private List<ListenerOperation> plan(Set<Binding> affected, Set<ServiceKey> affectedServices) {
    List<ListenerOperation> closing = new ArrayList<>();
    List<ListenerOperation> replacing = new ArrayList<>();
    List<ListenerOperation> opening = new ArrayList<>();
    for (Binding binding : affected) {
      BindingConfig before = assigned.get(binding);
      SortedSet<ServiceKey> services = requesters.getOrDefault(binding, new TreeSet<>(BY_NAME));
      ServiceKey holder = holder(before, services);
      if (before != null && !before.service().equals(holder)) {
        closing.add(new ListenerOperation.Close(binding, before.service()));
        affectedServices.add(before.service());
        affectedServices.addAll(services);
      }
      if (holder == null) {
        assigned.remove(binding);
        continue;
      }
      BindingConfig now = configOf(holder, binding);
      assigned.put(binding, now);
      if (before == null || !before.service().equals(holder)) {
        opening.add(new ListenerOperation.Open(binding, now));
        affectedServices.add(holder);
      } else if (!before.equals(now)) {
        replacing.add(new ListenerOperation.Replace(binding, now));
      }
    }
    closing.addAll(replacing);
    closing.addAll(opening);
    return closing;
  }

  private static @Nullable ServiceKey holder(
      @Nullable BindingConfig before, SortedSet<ServiceKey> services) {
    if (before != null && services.contains(before.service())) {
      return before.service();
    }
    return services.isEmpty() ? null : services.getFirst();
  }

  private BindingConfig configOf(ServiceKey holder, Binding binding) {
    BindingConfig config = requested.getOrDefault(holder, Map.of()).get(binding);
    if (config == null) {
      throw new IllegalStateException(
          "assigned " + binding + " to " + holder + ", which does not request it");
    }
    return config;
  }

  private static Map<Binding, BindingConfig> bindings(VirtualServer server) {
    Map<Binding, BindingConfig> bindings = new LinkedHashMap<>();
    for (InetAddress address : server.addresses()) {
      for (Frontend frontend : server.frontends()) {
        bindings.put(
            new Binding(address, frontend.port(), frontend.protocol()),
            new BindingConfig(
                server.id(), frontend.forAddress(address), server.policy(), server.locality()));
      }
    }
    return bindings;
  }
}
