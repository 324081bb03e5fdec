package dev.ballast.operator.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.operator.ipam.AddressClaim;
import dev.ballast.operator.ipam.AddressRequests;
import dev.ballast.operator.ipam.ProtocolPort;
import dev.ballast.operator.ipam.net.AddressRange;
import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.net.IpFamily;
import dev.ballast.operator.ipam.pool.ServiceRef;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The simulation of {@link AddressClaimerModelTest}: an API server, Services, and two operators
 * that take turns. Each one acts like the Service reconciler, on what its watches have delivered.
 */
final class TwoLeaderSimulation {

  private static final List<String> KEYS = Arrays.asList(null, null, "a", "b");
  private static final List<ProtocolPort> PORTS =
      List.of(new ProtocolPort("TCP", 80), new ProtocolPort("UDP", 53));
  private static final int NAMES = 6;

  private final FakeAddressApi api = new FakeAddressApi();
  private final Map<String, RequestedAddresses> services = new TreeMap<>();
  private final Map<String, IpAddress> published = new HashMap<>();
  private final Set<String> known = new TreeSet<>();

  /** Services that keep their old address until the requested one is available. */
  private final Set<String> rejected = new TreeSet<>();

  private final StablePlacements placements = new StablePlacements();
  private List<AddressRange> pool = ranges(0, 7);
  private final SimulatedLeader[] leaders = new SimulatedLeader[2];
  private Random random = new Random(0);
  private boolean faultless;
  private int depth;

  private int created;

  TwoLeaderSimulation() {
    leaders[0] = start(0);
    leaders[1] = start(1);
  }

  private SimulatedLeader start(int number) {
    return new SimulatedLeader(api, () -> nextOutcome(number), pool);
  }

  private void restart(int number) {
    leaders[number] = start(number);
  }

  /** The other operator may act between any two calls of this one. */
  private FakeAddressApi.CallOutcome nextOutcome(int number) {
    if (faultless) {
      return FakeAddressApi.CallOutcome.SUCCEEDED;
    }
    if (depth == 0 && random.nextInt(4) == 0) {
      depth++;
      try {
        reconcileAny(1 - number);
      } finally {
        depth--;
      }
    }
    return switch (random.nextInt(12)) {
      case 0 -> FakeAddressApi.CallOutcome.FAILED;
      case 1 -> FakeAddressApi.CallOutcome.RESPONSE_LOST;
      default -> FakeAddressApi.CallOutcome.SUCCEEDED;
    };
  }

  void move(Random seeded) {
    random = seeded;
    switch (random.nextInt(16)) {
      case 0, 1 -> create();
      case 2 -> anyService().ifPresent(this::delete);
      case 3 -> anyService().ifPresent(this::edit);
      case 4 -> pool = ranges(random.nextInt(4), 4 + random.nextInt(6));
      case 5 -> restart(random.nextInt(2));
      case 6 -> deleteAddress();
      case 7 -> rewindWatch(leaders[random.nextInt(2)]);
      case 8 -> convergeAndCheck();
      case 9, 10 -> leaders[random.nextInt(2)].deliver(1 + random.nextInt(5));
      default -> reconcileAny(random.nextInt(2));
    }
    for (SimulatedLeader leader : leaders) {
      leader.setPool(pool);
    }
  }

  private Optional<String> anyService() {
    return services.isEmpty()
        ? Optional.empty()
        : services.keySet().stream().skip(random.nextInt(services.size())).findFirst();
  }

  private void create() {
    if (services.size() < NAMES) {
      created++;
      String uid = "uid-" + created;
      ServiceRef serviceRef =
          new ServiceRef(created % 3 == 0 ? "two" : "one", "s" + created % NAMES, uid);
      if (services.values().stream().noneMatch(other -> other.isNamed(serviceRef.name()))) {
        services.put(uid, request(serviceRef, 0));
      }
    }
  }

  private void delete(String uid) {
    services.remove(uid);
    published.remove(uid);
  }

  private void edit(String uid) {
    RequestedAddresses before = services.get(uid);
    services.put(uid, request(before.claim().serviceRef(), before.generation() + 1));
  }

  private RequestedAddresses request(ServiceRef serviceRef, int generation) {
    List<ProtocolPort> ports = PORTS.stream().filter(port -> random.nextBoolean()).toList();
    String address = random.nextInt(3) == 0 ? "192.0.2." + random.nextInt(10) : null;
    return new RequestedAddresses(
        new AddressClaim(serviceRef, KEYS.get(random.nextInt(KEYS.size())), ports),
        AddressRequests.parse(List.of(IpFamily.IPv4), address, null),
        generation);
  }

  private void deleteAddress() {
    List<Address> all = api.all();
    if (!all.isEmpty()) {
      Address deleted = all.get(random.nextInt(all.size()));
      api.deleteManually(deleted.getMetadata().getName());
      for (ServiceRef holder : AddressConverter.holdersOf(deleted)) {
        placements.forget(holder.uid());
        if (deleted.getSpec().ip().equals(String.valueOf(published.get(holder.uid())))) {
          published.remove(holder.uid());
        }
      }
    }
  }

  private void rewindWatch(SimulatedLeader leader) {
    if (leader.delivered() > 0) {
      leader.rewind(random.nextInt(Math.min(leader.delivered(), 20)));
    }
  }

  /** Reconciles a Service, or releases the addresses of a deleted one. */
  private void reconcileAny(int number) {
    SimulatedLeader leader = leaders[number];
    try {
      List<ServiceRef> deleted = leader.holdersExcept(services.keySet());
      if (!deleted.isEmpty() && random.nextBoolean()) {
        leader.addressClaimer.release(deleted.getFirst().uid());
      } else {
        anyService().ifPresent(uid -> reconcile(leader, uid));
      }
    } catch (KubernetesClientException e) {
      assertThat(e.getCode()).as("code of a failure that is retried").isIn(-1, 500);
    }
  }

  private SimulatedLeader.ServiceView live(String uid) {
    return new SimulatedLeader.ServiceView(services.get(uid), published.get(uid));
  }

  /** Does what the Service reconciler does. */
  private void reconcile(SimulatedLeader leader, String uid) {
    SimulatedLeader.ServiceView view =
        faultless || random.nextInt(3) == 0 ? live(uid) : leader.view(uid, live(uid));
    boolean isNew = !known.contains(uid) && view.published() == null;
    if (!isNew
        && leader.addressClaimer.wouldChange(
            view.requestedAddresses().claim(),
            view.requestedAddresses().requests(),
            view.context())) {
      view = readFromApiServer(leader, uid);
    }
    leader.setView(uid, view);
    rejected.remove(uid);
    List<IpAddress> held =
        switch (leader.addressClaimer.claim(
            view.requestedAddresses().claim(),
            view.requestedAddresses().requests(),
            view.context())) {
          case ClaimResult.Claimed(var addresses, var _) -> addresses;
          case ClaimResult.NotClaimed(var _, var addresses, var _) -> {
            rejected.add(uid);
            yield addresses;
          }
        };
    if (random.nextBoolean() || faultless) {
      publish(leader, uid, view, held);
    }
  }

  private SimulatedLeader.ServiceView readFromApiServer(SimulatedLeader leader, String uid) {
    if (nextOutcome(leader == leaders[0] ? 0 : 1) != FakeAddressApi.CallOutcome.SUCCEEDED) {
      throw new KubernetesClientException("overloaded", 500, null);
    }
    SimulatedLeader.ServiceView live = live(uid);
    leader.addressClaimer.confirm(uid, live.context().published());
    return live;
  }

  /** Publishes the address, as after its announcement, and releases the surplus. */
  private void publish(
      SimulatedLeader leader, String uid, SimulatedLeader.ServiceView view, List<IpAddress> held) {
    boolean first = view.published() == null;
    if (first && published.containsKey(uid)) {
      // The write has an old resourceVersion and is rejected.
      return;
    }
    if (!first) {
      leader.addressClaimer.releaseAllExcept(
          uid, ip -> held.contains(ip) || ip.equals(view.published()));
    }
    IpAddress publishedNow = held.isEmpty() ? null : held.getFirst();
    if (Objects.equals(publishedNow, view.published())) {
      return;
    }
    if (publishedNow == null) {
      published.remove(uid);
    } else {
      published.put(uid, publishedNow);
    }
    leader.setView(
        uid, new SimulatedLeader.ServiceView(view.requestedAddresses(), published.get(uid)));
  }

  void checkNoPortIsClaimedTwice() {
    for (Address address : api.all()) {
      List<AddressClaim> claims = AddressConverter.claimsOf(address);
      Set<ProtocolPort> view = new HashSet<>();
      for (AddressClaim claim : claims) {
        assertThat(claim.sharingKey() == null && claims.size() > 1)
            .as("%s has all ports of %s, but is not alone", claim, address)
            .isFalse();
        claim.ports().forEach(port -> assertThat(view.add(port)).as("%s", address).isTrue());
      }
      assertThat(claims.stream().map(AddressClaim::sharingKey).distinct())
          .hasSizeLessThanOrEqualTo(1);
    }
  }

  /** Lets one leader without faults reconcile everything until nothing changes. */
  void convergeAndCheck() {
    faultless = true;
    SimulatedLeader leader = leaders[0];
    List<Object> before = List.of();
    for (int round = 0; !before.equals(state()); round++) {
      assertThat(round).as("rounds without a stable state").isLessThan(20);
      before = state();
      leader.deliver(Integer.MAX_VALUE);
      leader
          .holdersExcept(services.keySet())
          .forEach(holder -> leader.addressClaimer.release(holder.uid()));
      List.copyOf(services.keySet()).forEach(uid -> reconcile(leader, uid));
    }
    leader.deliver(Integer.MAX_VALUE);
    faultless = false;
    checkNoPortIsClaimedTwice();
    checkNothingIsLeft(leader);
    checkNothingMoved(leader);
    known.addAll(services.keySet());
  }

  private List<Object> state() {
    return List.of(api.events().size(), Map.copyOf(published));
  }

  private void checkNothingIsLeft(SimulatedLeader leader) {
    List<String> claims =
        api.all().stream()
            .flatMap(address -> AddressConverter.holdersOf(address).stream())
            .map(ServiceRef::uid)
            .toList();
    assertThat(claims).as("claims").doesNotHaveDuplicates().allMatch(services::containsKey);
    assertThat(api.all()).noneMatch(address -> address.getSpec().claims().isEmpty());
    assertThat(leader.allocatedCount()).as("known to the leader").isEqualTo(api.all().size());
  }

  private void checkNothingMoved(SimulatedLeader leader) {
    Map<String, IpAddress> held = new HashMap<>();
    for (String uid : services.keySet()) {
      leader.addressClaimer.addressesOf(uid).stream()
          .findFirst()
          .ifPresent(ip -> held.put(uid, ip));
    }
    held.forEach((uid, ip) -> assertThat(published.get(uid)).isEqualTo(ip));
    placements.check(services, held, rejected);
  }

  private static List<AddressRange> ranges(int first, int last) {
    return new ArrayList<>(
        List.of(
            new AddressRange(
                IpAddress.parse("192.0.2." + first).orElseThrow(),
                IpAddress.parse("192.0.2." + last).orElseThrow())));
  }
}
