package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.operator.address.Quarantine;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.service.status.LoadBalancerState;
import dev.ballast.operator.service.status.PublishedStatus;
import io.fabric8.kubernetes.api.model.Service;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Conflicts between addresses of Services and other machines of the LAN, as the nodes report them.
 * An address that is not published goes into quarantine, and the Service gets another one. A
 * published address stays, since a move would break the clients that use it; its conflict is
 * reported in the status.
 */
final class AddressConflicts {

  private final Quarantine quarantine;
  private final ServiceEvents serviceEvents;

  AddressConflicts(Quarantine quarantine, ServiceEvents serviceEvents) {
    this.quarantine = quarantine;
    this.serviceEvents = serviceEvents;
  }

  /** Begins or ends the quarantine of the Service's addresses, after the reports of the nodes. */
  void update(
      Service service,
      List<IpAddress> held,
      PublishedStatus published,
      @Nullable LoadBalancer loadBalancer) {
    for (IpAddress ip : held) {
      if (published.contains(ip)) {
        quarantine.end(ip);
      } else if (loadBalancer != null) {
        LoadBalancerState.conflict(loadBalancer, ip)
            .filter(why -> quarantine.start(ip, why))
            .ifPresent(why -> serviceEvents.recordConflict(service, ip, why));
      }
    }
  }

  /** The conflicts of published addresses, each with the report of a node. */
  static List<String> ofPublished(
      List<IpAddress> held, PublishedStatus published, LoadBalancer loadBalancer) {
    return held.stream()
        .filter(published::contains)
        .flatMap(
            ip ->
                LoadBalancerState.conflict(loadBalancer, ip)
                    .map(why -> "%s: %s".formatted(ip, withPeriod(why)))
                    .stream())
        .toList();
  }

  /** Reports of nodes are clauses or sentences. */
  static String withPeriod(String message) {
    return message.endsWith(".") ? message : message + ".";
  }
}
