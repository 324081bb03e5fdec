package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.operator.address.Quarantine;
import dev.ballast.operator.ipam.net.IpAddress;
import io.fabric8.kubernetes.api.model.Service;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Addresses of Services that other machines of the LAN have, as nodes report. One that is not
 * published is given up for another. Published, it stays whoever else answers for it, since a move
 * would break what clients know; then that is told.
 */
final class AddressConflicts {

  private final Quarantine quarantine;
  private final ServiceEvents serviceEvents;

  AddressConflicts(Quarantine quarantine, ServiceEvents serviceEvents) {
    this.quarantine = quarantine;
    this.serviceEvents = serviceEvents;
  }

  /** Takes in what the nodes say of the addresses that a Service holds. */
  void observe(
      Service service,
      List<IpAddress> held,
      PublishedStatus published,
      @Nullable LoadBalancer loadBalancer) {
    for (IpAddress ip : held) {
      if (published.shows(ip)) {
        quarantine.end(ip);
      } else if (loadBalancer != null) {
        LoadBalancerState.conflict(loadBalancer, ip)
            .filter(why -> quarantine.begin(ip, why))
            .ifPresent(why -> serviceEvents.tellConflict(service, ip, why));
      }
    }
  }

  /** Why addresses that are published are contested, in words. */
  static List<String> ofPublished(
      List<IpAddress> held, PublishedStatus published, LoadBalancer loadBalancer) {
    return held.stream()
        .filter(published::shows)
        .flatMap(
            ip ->
                LoadBalancerState.conflict(loadBalancer, ip)
                    .map(why -> "%s: %s.".formatted(ip, why))
                    .stream())
        .toList();
  }
}
