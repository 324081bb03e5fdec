package dev.ballast.operator.service;

import dev.ballast.operator.ipam.AddressRequest;
import dev.ballast.operator.ipam.AddressRequests;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.Service;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A Service of ours whose status shows addresses that another controller put there keeps them, if
 * they are of a pool and nobody holds them. What it asks for itself comes first.
 */
final class Adoption {

  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicLong changes = new AtomicLong(1);
  private volatile long done;

  /** Pools were made or changed: what is shown may be of one of them now. */
  void poolsChanged() {
    changes.incrementAndGet();
  }

  /**
   * Before anything is given to anybody, that Services keep what they show: else one that wishes
   * for any address could get it first.
   */
  void first(Stream<Service> all, Consumer<Service> adopt) {
    long due = changes.get();
    if (done >= due) {
      return;
    }
    lock.lock();
    try {
      if (done < due) {
        all.filter(Adoption::showsAnothers).forEach(adopt);
        done = due;
      }
    } finally {
      lock.unlock();
    }
  }

  /** The wish to keep what is shown; empty when we published it, or it is not what is asked for. */
  static Optional<AddressRequests> request(Service service, AddressRequests asked) {
    if (!(asked instanceof AddressRequests.ParsedRequests(var wishes)) || !showsAnothers(service)) {
      return Optional.empty();
    }
    Map<IpFamily, IpAddress> shown = new EnumMap<>(IpFamily.class);
    PublishedStatus.in(service.getStatus())
        .addresses()
        .forEach(ip -> shown.putIfAbsent(ip.family(), ip));
    List<AddressRequest> kept =
        wishes.stream()
            .filter(request -> request.address() == null && shown.containsKey(request.family()))
            .map(
                request ->
                    new AddressRequest(
                        request.family(), shown.get(request.family()), request.pool()))
            .toList();
    return kept.isEmpty()
        ? Optional.empty()
        : Optional.of(new AddressRequests.ParsedRequests(kept));
  }

  /** A Service that we had to refuse bears our conditions, and still what another published. */
  private static boolean showsAnothers(Service service) {
    List<LoadBalancerIngress> ingress = PublishedStatus.in(service.getStatus()).ingress();
    return !ingress.isEmpty()
        && (!ServiceReconciler.isMarked(service)
            || ingress.stream().noneMatch(entry -> "Proxy".equals(entry.getIpMode())));
  }
}
