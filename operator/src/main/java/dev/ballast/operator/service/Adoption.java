package dev.ballast.operator.service;

import dev.ballast.operator.address.AddressClaimer;
import dev.ballast.operator.ipam.AddressRequest;
import dev.ballast.operator.ipam.AddressRequests;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.service.status.PublishedStatus;
import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.Service;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Adoption of addresses that another controller published: a Service keeps such an address if a
 * pool contains it and no other Service holds it. An address that the Service requests comes first.
 */
final class Adoption {

  private final AddressClaimer addressClaimer;
  private final LoadBalancerIntents intents;
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicLong poolChanges = new AtomicLong(1);
  private volatile long adoptedAt;

  Adoption(AddressClaimer addressClaimer, LoadBalancerIntents intents) {
    this.addressClaimer = addressClaimer;
    this.intents = intents;
  }

  /** Published addresses may belong to a pool now. */
  void poolsChanged() {
    poolChanges.incrementAndGet();
  }

  /**
   * Adopts for all Services, once after each change of the pools. This happens before any other
   * address is allocated: a Service that takes any address could get a published one otherwise.
   */
  void adoptAllOnce(Stream<Service> services) {
    long due = poolChanges.get();
    if (adoptedAt >= due) {
      return;
    }
    lock.lock();
    try {
      if (adoptedAt < due) {
        services.filter(Adoption::hasForeignAddresses).forEach(this::adopt);
        adoptedAt = due;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Ignores a rejection: the Service gets what it requests when it is reconciled. */
  void adopt(Service service) {
    ServiceRef serviceRef = ServiceEventSources.refOf(service);
    if (addressClaimer.addressesOf(serviceRef.uid()).isEmpty()
        && intents.of(service) instanceof LoadBalancerIntent.LoadBalancerWanted wanted) {
      requests(service, wanted.requests())
          .ifPresent(
              kept ->
                  addressClaimer.claim(wanted.claimFor(serviceRef), kept, wanted.serviceContext()));
    }
  }

  /**
   * Requests for the addresses that another controller published; empty where there are none, or
   * where the Service requests other ones.
   */
  private static Optional<AddressRequests> requests(Service service, AddressRequests requested) {
    if (!(requested instanceof AddressRequests.ParsedRequests(var requests))
        || !hasForeignAddresses(service)) {
      return Optional.empty();
    }
    Map<IpFamily, IpAddress> published = new EnumMap<>(IpFamily.class);
    PublishedStatus.of(service).addresses().forEach(ip -> published.putIfAbsent(ip.family(), ip));
    List<AddressRequest> kept =
        requests.stream()
            .filter(request -> request.address() == null && published.containsKey(request.family()))
            .map(
                request ->
                    new AddressRequest(
                        request.family(), published.get(request.family()), request.pool()))
            .toList();
    return kept.isEmpty()
        ? Optional.empty()
        : Optional.of(new AddressRequests.ParsedRequests(kept));
  }

  /**
   * Whether another controller published the ingress. A Service without an address has conditions
   * of this operator, and may still have the ingress of another controller.
   */
  private static boolean hasForeignAddresses(Service service) {
    List<LoadBalancerIngress> ingress = PublishedStatus.of(service).ingress();
    return !ingress.isEmpty()
        && (!PublishedStatus.hasConditions(service)
            || ingress.stream().noneMatch(entry -> "Proxy".equals(entry.getIpMode())));
  }
}
