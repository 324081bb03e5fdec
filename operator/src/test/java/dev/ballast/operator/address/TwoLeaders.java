package dev.ballast.operator.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.operator.ipam.AddressRange;
import dev.ballast.operator.ipam.Claimant;
import dev.ballast.operator.ipam.IpAddress;
import dev.ballast.operator.ipam.IpFamily;
import dev.ballast.operator.ipam.Port;
import dev.ballast.operator.ipam.Request;
import dev.ballast.operator.ipam.Share;
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
 * The world of {@link AddressesModelTest}: an API server, Services, and two operators that act in
 * turns as the Service reconciler does, each as far as its watches have told it.
 */
final class TwoLeaders {

  private static final List<String> KEYS = Arrays.asList(null, null, "a", "b");
  private static final List<Port> PORTS = List.of(new Port("TCP", 80), new Port("UDP", 53));
  private static final int NAMES = 6;

  private final FakeApi api = new FakeApi();
  private final Map<String, Wanted> services = new TreeMap<>();
  private final Map<String, IpAddress> published = new HashMap<>();
  private final Set<String> known = new TreeSet<>();

  /** Who had to stay where it is: it moves once what it asks for can be had. */
  private final Set<String> refused = new TreeSet<>();

  private final Rests rests = new Rests();
  private List<AddressRange> pool = ranges(0, 7);
  private final Leader[] leaders = new Leader[2];
  private Random chance = new Random(0);
  private boolean fair;
  private int depth;

  private int made;

  TwoLeaders() {
    leaders[0] = start(0);
    leaders[1] = start(1);
  }

  private Leader start(int number) {
    return new Leader(api, () -> weather(number), pool);
  }

  private void restart(int number) {
    leaders[number] = start(number);
  }

  /** The other one may be at work between any two calls of this one. */
  private FakeApi.Fate weather(int number) {
    if (fair) {
      return FakeApi.Fate.ANSWERED;
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
      case 0 -> FakeApi.Fate.REFUSED;
      case 1 -> FakeApi.Fate.LOST;
      default -> FakeApi.Fate.ANSWERED;
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
      case 7 -> hearAgain(leaders[random.nextInt(2)]);
      case 8 -> settleAndCheck();
      case 9, 10 -> leaders[random.nextInt(2)].hear(1 + random.nextInt(5));
      default -> act(random.nextInt(2));
    }
    for (Leader leader : leaders) {
      leader.put(pool);
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
      Claimant claimant = new Claimant(made % 3 == 0 ? "two" : "one", "s" + made % NAMES, uid);
      if (services.values().stream().noneMatch(other -> other.isNamed(claimant.name()))) {
        services.put(uid, wanted(claimant, 0));
      }
    }
  }

  private void delete(String uid) {
    services.remove(uid);
    published.remove(uid);
  }

  private void edit(String uid) {
    Wanted before = services.get(uid);
    services.put(uid, wanted(before.share().claimant(), before.asked() + 1));
  }

  private Wanted wanted(Claimant claimant, int asked) {
    List<Port> ports = PORTS.stream().filter(port -> chance.nextBoolean()).toList();
    String address = chance.nextInt(3) == 0 ? "192.0.2." + chance.nextInt(10) : null;
    return new Wanted(
        new Share(claimant, KEYS.get(chance.nextInt(KEYS.size())), ports),
        Request.parse(List.of(IpFamily.IPv4), address, null),
        asked);
  }

  private void deleteByHand() {
    List<Address> all = api.all();
    if (!all.isEmpty()) {
      Address gone = all.get(chance.nextInt(all.size()));
      api.deleteByHand(gone.getMetadata().getName());
      for (Claimant holder : Addresses.claimantsOf(gone)) {
        rests.forget(holder.uid());
        if (gone.getSpec().ip().equals(String.valueOf(published.get(holder.uid())))) {
          published.remove(holder.uid());
        }
      }
    }
  }

  private void hearAgain(Leader leader) {
    if (leader.heard() > 0) {
      leader.hearAgain(chance.nextInt(Math.min(leader.heard(), 20)));
    }
  }

  /** A turn of a Service, or of one that is gone. */
  private void act(int number) {
    Leader leader = leaders[number];
    try {
      List<Claimant> gone = leader.holdersBut(services.keySet());
      if (!gone.isEmpty() && chance.nextBoolean()) {
        leader.addresses.release(gone.getFirst().uid());
      } else {
        anyService().ifPresent(uid -> reconcile(leader, uid));
      }
    } catch (KubernetesClientException e) {
      assertThat(e.getCode()).as("what is not to be retried").isIn(-1, 500);
    }
  }

  private Leader.Seen live(String uid) {
    return new Leader.Seen(services.get(uid), published.get(uid));
  }

  /** As the Service reconciler does it, in whose place this is. */
  private void reconcile(Leader leader, String uid) {
    Leader.Seen seen = fair || chance.nextInt(3) == 0 ? live(uid) : leader.seen(uid, live(uid));
    boolean isNew = !known.contains(uid) && seen.shown() == null;
    if (!isNew
        && leader.addresses.wouldChange(
            seen.wanted().share(), seen.wanted().request(), seen.standing())) {
      seen = askFor(leader, uid);
    }
    leader.see(uid, seen);
    refused.remove(uid);
    List<IpAddress> held =
        switch (leader.addresses.claim(
            seen.wanted().share(), seen.wanted().request(), seen.standing())) {
          case Addresses.Outcome.Held(var addresses, var _) -> addresses;
          case Addresses.Outcome.Refused(var _, var addresses, var _) -> {
            refused.add(uid);
            yield addresses;
          }
        };
    if (chance.nextBoolean() || fair) {
      announced(leader, uid, seen, held);
    }
  }

  private Leader.Seen askFor(Leader leader, String uid) {
    if (weather(leader == leaders[0] ? 0 : 1) != FakeApi.Fate.ANSWERED) {
      throw new KubernetesClientException("overloaded", 500, null);
    }
    Leader.Seen live = live(uid);
    leader.addresses.confirm(uid, live.standing().shown());
    return live;
  }

  /** Nodes answer for it by now: it is published, and what it does not serve goes. */
  private void announced(Leader leader, String uid, Leader.Seen seen, List<IpAddress> held) {
    boolean first = seen.shown() == null;
    if (first && published.containsKey(uid)) {
      // The write is for the Service as it was seen, and is refused.
      return;
    }
    if (!first) {
      leader.addresses.releaseAllBut(uid, ip -> held.contains(ip) || ip.equals(seen.shown()));
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
    leader.see(uid, new Leader.Seen(seen.wanted(), published.get(uid)));
  }

  void checkNoPortIsClaimedTwice() {
    for (Address address : api.all()) {
      List<Share> shares = Claims.sharesOf(address);
      Set<Port> seen = new HashSet<>();
      for (Share share : shares) {
        assertThat(share.key() == null && shares.size() > 1)
            .as("%s has all of %s, and others too", share, address)
            .isFalse();
        share.ports().forEach(port -> assertThat(seen.add(port)).as("%s", address).isTrue());
      }
      assertThat(shares.stream().map(Share::key).distinct()).hasSizeLessThanOrEqualTo(1);
    }
  }

  /** One leader is left, whatever was lost is tried again, and the watch catches up. */
  void settleAndCheck() {
    fair = true;
    Leader leader = leaders[0];
    List<Object> before = List.of();
    for (int round = 0; !before.equals(state()); round++) {
      assertThat(round).as("rounds without coming to rest").isLessThan(20);
      before = state();
      leader.hear(Integer.MAX_VALUE);
      leader
          .holdersBut(services.keySet())
          .forEach(holder -> leader.addresses.release(holder.uid()));
      List.copyOf(services.keySet()).forEach(uid -> reconcile(leader, uid));
    }
    leader.hear(Integer.MAX_VALUE);
    fair = false;
    checkNoPortIsClaimedTwice();
    checkNothingIsLeft(leader);
    checkNothingMoved(leader);
    known.addAll(services.keySet());
  }

  private List<Object> state() {
    return List.of(api.history().size(), Map.copyOf(published));
  }

  private void checkNothingIsLeft(Leader leader) {
    List<String> claims =
        api.all().stream()
            .flatMap(address -> Addresses.claimantsOf(address).stream())
            .map(Claimant::uid)
            .toList();
    assertThat(claims).as("claims").doesNotHaveDuplicates().allMatch(services::containsKey);
    assertThat(api.all()).noneMatch(address -> address.getSpec().claims().isEmpty());
    assertThat(leader.heldCount()).as("known to the leader").isEqualTo(api.all().size());
  }

  private void checkNothingMoved(Leader leader) {
    Map<String, IpAddress> held = new HashMap<>();
    for (String uid : services.keySet()) {
      leader.addresses.heldBy(uid).stream().findFirst().ifPresent(ip -> held.put(uid, ip));
    }
    held.forEach((uid, ip) -> assertThat(published.get(uid)).isEqualTo(ip));
    rests.check(services, held, refused);
  }

  private static List<AddressRange> ranges(int first, int last) {
    return new ArrayList<>(
        List.of(
            new AddressRange(
                IpAddress.parse("192.0.2." + first).orElseThrow(),
                IpAddress.parse("192.0.2." + last).orElseThrow())));
  }
}
