package dev.ballast.dataplane.core.plan;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How to get from what runs to what is desired. A binding that is in both as the same Service's
 * gets no step but a Replace, so that ports, addresses and endpoints can change around connections
 * without touching them.
 *
 * @param claims what runs once the steps are done; every binding has one Service
 * @param steps in the order to take them: closing comes first, because a binding may go from one
 *     Service to another, and opening last
 * @param refused bindings that a Service wants but another one has
 */
public record Plan(Map<Binding, Claim> claims, List<Step> steps, List<Refused> refused) {

  private static final Comparator<VirtualServer> BY_NAME =
      Comparator.comparing((VirtualServer server) -> server.id().namespace())
          .thenComparing(server -> server.id().name());

  /**
   * Two Services want one binding. The one that has it keeps it; among newcomers the first by name
   * gets it, so that every node decides alike.
   */
  public record Refused(Binding binding, ServiceId service, ServiceId holder) {}

  /** The plan from {@code running}, the claims of the plan before, to {@code desired}. */
  public static Plan between(Map<Binding, Claim> running, Collection<VirtualServer> desired) {
    List<VirtualServer> servers = desired.stream().sorted(BY_NAME).toList();
    Map<Binding, Claim> claims = new LinkedHashMap<>();
    // Holders first: a newcomer must not win by its name.
    for (VirtualServer server : servers) {
      forEachBinding(
          server,
          (binding, claim) -> {
            Claim now = running.get(binding);
            if (now != null && now.service().equals(claim.service())) {
              claims.put(binding, claim);
            }
          });
    }
    List<Refused> refused = new ArrayList<>();
    for (VirtualServer server : servers) {
      forEachBinding(
          server,
          (binding, claim) -> {
            Claim holder = claims.putIfAbsent(binding, claim);
            if (holder != null && !holder.service().equals(claim.service())) {
              refused.add(new Refused(binding, claim.service(), holder.service()));
            }
          });
    }
    return new Plan(
        Collections.unmodifiableMap(claims), steps(running, claims), List.copyOf(refused));
  }

  private static List<Step> steps(Map<Binding, Claim> running, Map<Binding, Claim> claims) {
    List<Step> closing = new ArrayList<>();
    running.forEach(
        (binding, claim) -> {
          Claim next = claims.get(binding);
          if (next == null || !next.service().equals(claim.service())) {
            closing.add(new Step.Close(binding, claim.service()));
          }
        });
    List<Step> replacing = new ArrayList<>();
    List<Step> opening = new ArrayList<>();
    claims.forEach(
        (binding, claim) -> {
          Claim now = running.get(binding);
          if (now == null || !now.service().equals(claim.service())) {
            opening.add(new Step.Open(binding, claim));
          } else if (!now.equals(claim)) {
            replacing.add(new Step.Replace(binding, claim));
          }
        });
    closing.addAll(replacing);
    closing.addAll(opening);
    return List.copyOf(closing);
  }

  private interface EachBinding {
    void accept(Binding binding, Claim claim);
  }

  private static void forEachBinding(VirtualServer server, EachBinding each) {
    for (InetAddress address : server.addresses()) {
      for (Frontend frontend : server.frontends()) {
        each.accept(
            new Binding(address, frontend.port(), frontend.protocol()),
            new Claim(server.id(), frontend.at(address), server.policy(), server.here()));
      }
    }
  }
}
