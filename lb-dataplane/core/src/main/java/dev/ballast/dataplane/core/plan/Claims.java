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
 * Which Service has which binding. Two may want one: the one that has it keeps it; among newcomers
 * the first by name gets it, so that every node decides alike. The work of a change is in
 * proportion to the bindings of the Services that it names, whatever else there is.
 *
 * <p>Not thread-safe.
 */
public final class Claims {

  private static final Comparator<ServiceId> BY_NAME =
      Comparator.comparing(ServiceId::namespace).thenComparing(ServiceId::name);

  /** What each Service wants, whether it has it or not. */
  private final Map<ServiceId, Map<Binding, Claim>> wanted = new HashMap<>();

  private final Map<Binding, SortedSet<ServiceId>> wanting = new HashMap<>();
  private final Map<Binding, Claim> held = new HashMap<>();

  /** What a Service has on this binding; empty when nobody has it. */
  public Optional<Claim> at(Binding binding) {
    return Optional.ofNullable(held.get(binding));
  }

  /** The Service that has a binding which this one wants, too. */
  public Optional<ServiceId> otherHolder(ServiceId service, Binding binding) {
    return at(binding).map(Claim::service).filter(holder -> !holder.equals(service));
  }

  /** Makes the changes, and says what they take. */
  public Plan change(Changes changes) {
    Set<Binding> affected = new LinkedHashSet<>();
    Map<ServiceId, VirtualServer> serve = new TreeMap<>(BY_NAME);
    serve.putAll(changes.serve());
    for (ServiceId ended : changes.end()) {
      affected.addAll(want(ended, Map.of()));
    }
    serve.forEach((id, server) -> affected.addAll(want(id, bindings(server))));
    Set<ServiceId> concerned = new LinkedHashSet<>(changes.end());
    concerned.addAll(changes.serve().keySet());
    return new Plan(settle(affected, concerned), concerned);
  }

  /** Returns the bindings that the Service wanted before, or wants now. */
  private Set<Binding> want(ServiceId id, Map<Binding, Claim> now) {
    Map<Binding, Claim> before = now.isEmpty() ? wanted.remove(id) : wanted.put(id, now);
    Set<Binding> either = new LinkedHashSet<>(now.keySet());
    if (before != null) {
      for (Binding binding : before.keySet()) {
        if (either.add(binding)) {
          wanting.computeIfPresent(
              binding,
              (at, services) -> services.remove(id) && services.isEmpty() ? null : services);
        }
      }
    }
    for (Binding binding : now.keySet()) {
      wanting.computeIfAbsent(binding, at -> new TreeSet<>(BY_NAME)).add(id);
    }
    return either;
  }

  private List<Step> settle(Set<Binding> affected, Set<ServiceId> concerned) {
    List<Step> closing = new ArrayList<>();
    List<Step> replacing = new ArrayList<>();
    List<Step> opening = new ArrayList<>();
    for (Binding binding : affected) {
      Claim before = held.get(binding);
      SortedSet<ServiceId> services = wanting.getOrDefault(binding, new TreeSet<>(BY_NAME));
      ServiceId holder = holder(before, services);
      if (before != null && !before.service().equals(holder)) {
        closing.add(new Step.Close(binding, before.service()));
        concerned.add(before.service());
        concerned.addAll(services);
      }
      if (holder == null) {
        held.remove(binding);
        continue;
      }
      Claim now = claim(holder, binding);
      held.put(binding, now);
      if (before == null || !before.service().equals(holder)) {
        opening.add(new Step.Open(binding, now));
        concerned.add(holder);
      } else if (!before.equals(now)) {
        replacing.add(new Step.Replace(binding, now));
      }
    }
    closing.addAll(replacing);
    closing.addAll(opening);
    return closing;
  }

  private static @Nullable ServiceId holder(@Nullable Claim before, SortedSet<ServiceId> services) {
    if (before != null && services.contains(before.service())) {
      return before.service();
    }
    return services.isEmpty() ? null : services.getFirst();
  }

  private Claim claim(ServiceId holder, Binding binding) {
    Claim claim = wanted.getOrDefault(holder, Map.of()).get(binding);
    if (claim == null) {
      throw new IllegalStateException(holder + " is to have " + binding + " and does not want it");
    }
    return claim;
  }

  private static Map<Binding, Claim> bindings(VirtualServer server) {
    Map<Binding, Claim> bindings = new LinkedHashMap<>();
    for (InetAddress address : server.addresses()) {
      for (Frontend frontend : server.frontends()) {
        bindings.put(
            new Binding(address, frontend.port(), frontend.protocol()),
            new Claim(server.id(), frontend.at(address), server.policy(), server.here()));
      }
    }
    return bindings;
  }
}
