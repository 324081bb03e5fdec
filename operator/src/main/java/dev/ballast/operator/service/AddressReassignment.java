package dev.ballast.operator.service;

import dev.ballast.api.v1alpha1.LoadBalancer;
import dev.ballast.operator.ipam.AllocationResult;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.service.status.LoadBalancerState;
import dev.ballast.operator.service.status.PublishedStatus;
import io.fabric8.kubernetes.api.model.Service;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

/**
 * Move of a Service from its published addresses to the assigned ones: make before break. The old
 * address is served and published until a node announces the new one. It is released only after it
 * is neither published nor announced.
 *
 * @param assigned addresses that the Service shall have
 * @param leaving published addresses that are served until their replacements are published
 * @param before the status that is published now
 * @param first whether no address of the Service is published yet
 */
record AddressReassignment(
    List<IpAddress> assigned, List<IpAddress> leaving, PublishedStatus before, boolean first) {

  /** {@code held}: all addresses that the Service has claimed. */
  static AddressReassignment of(
      Service service, Collection<IpAddress> held, List<IpAddress> assigned) {
    PublishedStatus before = PublishedStatus.of(service);
    List<IpAddress> leaving =
        held.stream()
            .filter(ip -> !assigned.contains(ip) && before.contains(ip))
            .filter(ip -> assigned.stream().anyMatch(next -> replaces(next, ip, before)))
            .toList();
    return new AddressReassignment(assigned, leaving, before, PublishedStatus.isFirst(service));
  }

  private static boolean replaces(IpAddress next, IpAddress ip, PublishedStatus before) {
    return next.family() == ip.family() && !before.contains(next);
  }

  /** The addresses that the data plane shall serve. */
  List<IpAddress> served() {
    return Stream.concat(assigned.stream(), leaving.stream()).toList();
  }

  LoadBalancerState stateOf(LoadBalancer deployed, List<AllocationResult.PortTaken> taken) {
    return LoadBalancerState.of(deployed, leaving.stream().map(IpAddress::toString).toList())
        .withTakenPorts(taken);
  }

  /**
   * Whether addresses that are not in use are released in this pass. They are kept until the first
   * publication has succeeded: if another leader published first, its address may be one of them.
   */
  boolean releasesIn(LoadBalancerState state) {
    return state instanceof LoadBalancerState.Announced && !first;
  }

  boolean isInUse(IpAddress ip, LoadBalancer deployed) {
    return assigned.contains(ip)
        || before.contains(ip)
        || LoadBalancerState.isAnnounced(deployed, ip);
  }

  /** Whether another pass has to release addresses once {@code after} is published. */
  boolean hasReleasesLeft(
      Collection<IpAddress> held, LoadBalancerState state, PublishedStatus after) {
    boolean kept = first && state instanceof LoadBalancerState.Announced;
    return held.stream().anyMatch(ip -> (kept || before.contains(ip)) && !after.contains(ip));
  }
}
