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
 * The world of {@link AddressClaimerModelTest}: an API server, Services, and two operators that act
 * in turns as the Service reconciler does, each as far as its watches have told it.
 */
final class TwoLeaders {

  private static final List<String> KEYS = Arrays.asList(null, null, "a", "b");
  private static final List<ProtocolPort> PORTS =
      List.of(new ProtocolPort("TCP", 80), new ProtocolPort("UDP", 53));
  private static final int NAMES = 6;

  private final FakeAddressApi api = new FakeAddressApi();
  private final Map<String, RequestedAddresses> services = new TreeMap<>();
  private final Map<String, IpAddress> published = new HashMap<>();
  private final Set<String> known = new TreeSet<>();

  /** Who had to stay where it is: it moves once what it asks for can be had. */
  private final Set<String> refused = new TreeSet<>();

  private final StablePlacements stablePlacements = new StablePlacements();
  private List<AddressRange> pool = ranges(0, 7);
  private final SimulatedLeader[] simulatedLeaders = new SimulatedLeader[2];
  private Random chance = new Random(0);
  private boolean fair;
  private int depth;

  private int made;

  TwoLeaders() {
    simulatedLeaders[0] = start(0);
    simulatedLeaders[1] = start(1);
  }

  private SimulatedLeader start(int number) {
    return new SimulatedLeader(api, () -> weather(number), pool);
  }

  private void restart(int number) {
    simulatedLeaders[number] = start(number);
  }

  /** The other one may be at work between any two calls of this one. */
  private FakeAddressApi.Fate weather(int number) {
    if (fair) {
      return FakeAddressApi.Fate.ANSWERED;
    }
    if (depth == 0 && chance.nextInt(4) == 0) {
      depth++;
      try {
        act(1 - number);
      } finally {
        depth--;
      }
    }
    return switch (chance.nextInt(12)) {
      case 0 -> FakeAddressApi.Fate.REFUSED;
      case 1 -> FakeAddressApi.Fate.LOST;
      default -> FakeAddressApi.Fate.ANSWERED;
    };
  }

  void move(Random random) {
    chance = random;
    switch (random.nextInt(16)) {
      case 0, 1 -> create();
      case 2 -> anyService().ifPresent(this::delete);
      case 3 -> anyService().ifPresent(this::edit);
      case 4 -> pool = ranges(random.nextInt(4), 4 + random.nextInt(6));
      case 5 -> restart(random.nextInt(2));
      case 6 -> deleteByHand();
      case 7 -> hearAgain(simulatedLeaders[random.nextInt(2)]);
      case 8 -> settleAndCheck();
      case 9, 10 -> simulatedLeaders[random.nextInt(2)].hear(1 + random.nextInt(5));
      default -> act(random.nextInt(2));
    }
    for (SimulatedLeader simulatedLeader : simulatedLeaders) {
      simulatedLeader.put(pool);
    }
  }

  private Optional<String> anyService() {
    return services.isEmpty()
        ? Optional.empty()
        : services.keySet().stream().skip(chance.nextInt(services.size())).findFirst();
  }

  private void create() {
    if (services.size() < NAMES) {
      made++;
      String uid = "uid-" + made;
      ServiceRef serviceRef =
          new ServiceRef(made % 3 == 0 ? "two" : "one", "s" + made % NAMES, uid);
      if (services.values().stream().noneMatch(other -> other.isNamed(serviceRef.name()))) {
        services.put(uid, wanted(serviceRef, 0));
      }
    }
  }

  private void delete(String uid) {
    services.remove(uid);
    published.remove(uid);
  }

  private void edit(String uid) {
    RequestedAddresses before = services.get(uid);
    services.put(uid, wanted(before.claim().serviceRef(), before.asked() + 1));
  }

  private RequestedAddresses wanted(ServiceRef serviceRef, int asked) {
    List<ProtocolPort> ports = PORTS.stream().filter(port -> chance.nextBoolean()).toList();
    String address = chance.nextInt(3) == 0 ? "192.0.2." + chance.nextInt(10) : null;
    return new RequestedAddresses(
        new AddressClaim(serviceRef, KEYS.get(chance.nextInt(KEYS.size())), ports),
        AddressRequests.parse(List.of(IpFamily.IPv4), address, null),
        asked);
  }

  private void deleteByHand() {
    List<Address> all = api.all();
    if (!all.isEmpty()) {
      Address gone = all.get(chance.nextInt(all.size()));
      api.deleteByHand(gone.getMetadata().getName());
      for (ServiceRef holder : AddressConverter.holdersOf(gone)) {
        stablePlacements.forget(holder.uid());
        if (gone.getSpec().ip().equals(String.valueOf(published.get(holder.uid())))) {
          published.remove(holder.uid());
        }
      }
    }
  }

  private void hearAgain(SimulatedLeader simulatedLeader) {
    if (simulatedLeader.heard() > 0) {
      simulatedLeader.hearAgain(chance.nextInt(Math.min(simulatedLeader.heard(), 20)));
    }
  }

  /** A turn of a Service, or of one that is gone. */
  private void act(int number) {
    SimulatedLeader simulatedLeader = simulatedLeaders[number];
    try {
      List<ServiceRef> gone = simulatedLeader.holdersBut(services.keySet());
      if (!gone.isEmpty() && chance.nextBoolean()) {
        simulatedLeader.addressClaimer.release(gone.getFirst().uid());
      } else {
        anyService().ifPresent(uid -> reconcile(simulatedLeader, uid));
      }
    } catch (KubernetesClientException e) {
      assertThat(e.getCode()).as("what is not to be retried").isIn(-1, 500);
    }
  }

  private SimulatedLeader.Seen live(String uid) {
    return new SimulatedLeader.Seen(services.get(uid), published.get(uid));
  }

  /** As the Service reconciler does it, in whose place this is. */
  private void reconcile(SimulatedLeader simulatedLeader, String uid) {
    SimulatedLeader.Seen seen =
        fair || chance.nextInt(3) == 0 ? live(uid) : simulatedLeader.seen(uid, live(uid));
    boolean isNew = !known.contains(uid) && seen.shown() == null;
    if (!isNew
        && simulatedLeader.addressClaimer.wouldChange(
            seen.requestedAddresses().claim(),
            seen.requestedAddresses().requests(),
            seen.standing())) {
      seen = askFor(simulatedLeader, uid);
    }
    simulatedLeader.see(uid, seen);
    refused.remove(uid);
    List<IpAddress> held =
        switch (simulatedLeader.addressClaimer.claim(
            seen.requestedAddresses().claim(),
            seen.requestedAddresses().requests(),
            seen.standing())) {
          case ClaimResult.Claimed(var addresses, var _) -> addresses;
          case ClaimResult.NotClaimed(var _, var addresses, var _) -> {
            refused.add(uid);
            yield addresses;
          }
        };
    if (chance.nextBoolean() || fair) {
      announced(simulatedLeader, uid, seen, held);
    }
  }

  private SimulatedLeader.Seen askFor(SimulatedLeader simulatedLeader, String uid) {
    if (weather(simulatedLeader == simulatedLeaders[0] ? 0 : 1) != FakeAddressApi.Fate.ANSWERED) {
      throw new KubernetesClientException("overloaded", 500, null);
    }
    SimulatedLeader.Seen live = live(uid);
    simulatedLeader.addressClaimer.confirm(uid, live.standing().published());
    return live;
  }

  /** Nodes answer for it by now: it is published, and what it does not serve goes. */
  private void announced(
      SimulatedLeader simulatedLeader,
      String uid,
      SimulatedLeader.Seen seen,
      List<IpAddress> held) {
    boolean first = seen.shown() == null;
    if (first && published.containsKey(uid)) {
      // The write is for the Service as it was seen, and is refused.
      return;
    }
    if (!first) {
      simulatedLeader.addressClaimer.releaseAllBut(
          uid, ip -> held.contains(ip) || ip.equals(seen.shown()));
    }
    IpAddress shown = held.isEmpty() ? null : held.getFirst();
    if (Objects.equals(shown, seen.shown())) {
      return;
    }
    if (shown == null) {
      published.remove(uid);
    } else {
      published.put(uid, shown);
    }
    simulatedLeader.see(
        uid, new SimulatedLeader.Seen(seen.requestedAddresses(), published.get(uid)));
  }

  void checkNoPortIsClaimedTwice() {
    for (Address address : api.all()) {
      List<AddressClaim> claims = AddressConverter.claimsOf(address);
      Set<ProtocolPort> seen = new HashSet<>();
      for (AddressClaim claim : claims) {
        assertThat(claim.sharingKey() == null && claims.size() > 1)
            .as("%s has all of %s, and others too", claim, address)
            .isFalse();
        claim.ports().forEach(port -> assertThat(seen.add(port)).as("%s", address).isTrue());
      }
      assertThat(claims.stream().map(AddressClaim::sharingKey).distinct())
          .hasSizeLessThanOrEqualTo(1);
    }
  }

  /** One leader is left, whatever was lost is tried again, and the watch catches up. */
  void settleAndCheck() {
    fair = true;
    SimulatedLeader simulatedLeader = simulatedLeaders[0];
    List<Object> before = List.of();
    for (int round = 0; !before.equals(state()); round++) {
      assertThat(round).as("rounds without coming to rest").isLessThan(20);
      before = state();
      simulatedLeader.hear(Integer.MAX_VALUE);
      simulatedLeader
          .holdersBut(services.keySet())
          .forEach(holder -> simulatedLeader.addressClaimer.release(holder.uid()));
      List.copyOf(services.keySet()).forEach(uid -> reconcile(simulatedLeader, uid));
    }
    simulatedLeader.hear(Integer.MAX_VALUE);
    fair = false;
    checkNoPortIsClaimedTwice();
    checkNothingIsLeft(simulatedLeader);
    checkNothingMoved(simulatedLeader);
    known.addAll(services.keySet());
  }

  private List<Object> state() {
    return List.of(api.history().size(), Map.copyOf(published));
  }

  private void checkNothingIsLeft(SimulatedLeader simulatedLeader) {
    List<String> claims =
        api.all().stream()
            .flatMap(address -> AddressConverter.holdersOf(address).stream())
            .map(ServiceRef::uid)
            .toList();
    assertThat(claims).as("claims").doesNotHaveDuplicates().allMatch(services::containsKey);
    assertThat(api.all()).noneMatch(address -> address.getSpec().claims().isEmpty());
    assertThat(simulatedLeader.heldCount()).as("known to the leader").isEqualTo(api.all().size());
  }

  private void checkNothingMoved(SimulatedLeader simulatedLeader) {
    Map<String, IpAddress> held = new HashMap<>();
    for (String uid : services.keySet()) {
      simulatedLeader.addressClaimer.heldBy(uid).stream()
          .findFirst()
          .ifPresent(ip -> held.put(uid, ip));
    }
    held.forEach((uid, ip) -> assertThat(published.get(uid)).isEqualTo(ip));
    stablePlacements.check(services, held, refused);
  }

  private static List<AddressRange> ranges(int first, int last) {
    return new ArrayList<>(
        List.of(
            new AddressRange(
                IpAddress.parse("192.0.2." + first).orElseThrow(),
                IpAddress.parse("192.0.2." + last).orElseThrow())));
  }
}
