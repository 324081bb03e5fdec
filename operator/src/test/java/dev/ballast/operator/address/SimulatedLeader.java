package dev.ballast.operator.address;

import dev.ballast.operator.ipam.Allocator;
import dev.ballast.operator.ipam.Ipam;
import dev.ballast.operator.ipam.TestAllocator;
import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.pool.ServiceContext;
import dev.ballast.operator.ipam.pool.ServiceRef;
import dev.ballast.operator.observe.OperatorMetrics;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An operator that believes to be the leader, with watches that may be behind. */
final class SimulatedLeader {

  /** A Service as a watch has it: its requests, and the address in its status. */
  record ServiceView(RequestedAddresses requestedAddresses, @Nullable IpAddress published) {

    ServiceContext context() {
      return new ServiceContext(Map.of(), false, published == null ? Set.of() : Set.of(published));
    }
  }

  private final FakeAddressApi api;
  private final Ipam ipam = new Ipam();
  private final Allocator allocator = ipam.allocator();
  private final Map<String, ServiceView> views = new HashMap<>();
  private int delivered;
  private final AddressObserver addressObserver = new AddressObserver(allocator);
  final AddressClaimer addressClaimer;

  SimulatedLeader(FakeAddressApi api, FakeAddressApi.CallFaults faults, List<AddressRange> pool) {
    this.api = api;
    addressClaimer = new AddressClaimer(api.client(faults), ipam, new OperatorMetrics(ipam));
    setPool(pool);
    api.all().forEach(addressObserver::observe);
    delivered = api.events().size();
  }

  void setPool(List<AddressRange> pool) {
    TestAllocator.putPool(ipam, "pool", pool);
  }

  void deliver(int count) {
    for (int i = 0; i < count && delivered < api.events().size(); i++) {
      FakeAddressApi.AddressEvent event = api.events().get(delivered++);
      if (event.deleted()) {
        addressObserver.observeDeletion(event.address());
      } else {
        addressObserver.observe(event.address());
      }
    }
  }

  /** Delivers the last events again, as after a list from a stale cache. */
  void rewind(int count) {
    delivered -= Math.min(count, delivered);
  }

  int delivered() {
    return delivered;
  }

  /** The Service as the watch of this operator has it. */
  ServiceView view(String uid, ServiceView live) {
    return views.getOrDefault(uid, live);
  }

  void setView(String uid, ServiceView event) {
    views.put(uid, event);
  }

  List<ServiceRef> holdersExcept(Set<String> uids) {
    return addressClaimer.holders().stream()
        .filter(holder -> !uids.contains(holder.uid()))
        .sorted(Comparator.comparing(ServiceRef::uid))
        .toList();
  }

  int allocatedCount() {
    return ipam.statistics().allocatedCount();
  }
}
