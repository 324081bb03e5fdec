package dev.ballast.operator.address;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.ballast.api.v1alpha1.Address;
import dev.ballast.operator.ipam.AddressRange;
import dev.ballast.operator.ipam.Claimant;
import dev.ballast.operator.ipam.IpAddress;
import dev.ballast.operator.ipam.IpFamily;
import dev.ballast.operator.ipam.Ledger;
import dev.ballast.operator.ipam.Port;
import dev.ballast.operator.ipam.Request;
import dev.ballast.operator.ipam.Share;
import dev.ballast.operator.ipam.Standing;
import dev.ballast.operator.ipam.TestLedger;
import dev.ballast.operator.observe.Meters;
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
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.slf4j.LoggerFactory;

/**
 * Two operators that both believe to lead, over one API server: Services come, change and go, pools
 * are edited, operators start anew, writes fail or lose their answers, watches of Addresses and of
 * Services are late, each by itself, or tell old news again, and a person deletes an Address. One
 * may do something between any two calls of the other.
 */
@Tag("feature:address")
class AddressesModelTest {

  private static final List<String> KEYS = Arrays.asList(null, null, "a", "b");
  private static final List<Port> PORTS = List.of(new Port("TCP", 80), new Port("UDP", 53));
  private static final int NAMES = 6;
  private static final int ENOUGH = 100_000;
  private static long operations;

  @Provide
  Arbitrary<List<Integer>> moves() {
    return Arbitraries.integers()
        .between(0, Integer.MAX_VALUE)
        .withDistribution(RandomDistribution.uniform())
        .withoutEdgeCases()
        .list()
        .ofMinSize(40)
        .ofMaxSize(120);
  }

  @Property(tries = 1600)
  void no_address_is_doubled_or_leaked_and_none_moves_unasked(
      @ForAll("moves") List<Integer> moves) {
    // Given
    World world = new World(null);

    // When
    for (int move : moves) {
      world.move(new Random(move));
      world.checkNoPortIsClaimedTwice();
      operations++;
    }

    // Then
    world.settleAndCheck();
  }

  /** The pool stays as it is: how many one may have of an edited pool is another question. */
  @Property(tries = 200)
  void no_namespace_is_published_with_more_than_its_quota(@ForAll("moves") List<Integer> moves) {
    // Given
    World world = new World(2);

    // When
    for (int move : moves) {
      world.move(new Random(move));
      world.checkQuota();
    }

    // Then
    world.settleAndCheck();
    world.checkQuota();
  }

  /** A line for each address would be a hundred thousand. */
  @BeforeContainer
  static void quiet() {
    for (Class<?> chatty : List.of(Addresses.class, Shares.class)) {
      ((Logger) LoggerFactory.getLogger(chatty)).setLevel(Level.WARN);
    }
  }

  @AfterContainer
  static void enough() {
    for (Class<?> chatty : List.of(Addresses.class, Shares.class)) {
      ((Logger) LoggerFactory.getLogger(chatty)).setLevel(null);
    }
    assertThat(operations).as("operations in all").isGreaterThanOrEqualTo(ENOUGH);
  }

  /** A Service; {@code asked} counts its requests: its address may move with each. */
  private record Wanted(Share share, Request request, int asked) {}

  /** A Service as a watch has it: what it asks for, and the address that its status shows. */
  private record Seen(Wanted wanted, @Nullable IpAddress shown) {

    Standing standing() {
      return new Standing(Map.of(), false, shown == null ? Set.of() : Set.of(shown));
    }
  }

  /** Where a Service was when all had come to rest, and by which request. */
  private record Rest(IpAddress address, int asked) {}

  private static final class Leader {
    final Ledger ledger = new Ledger();
    final Addresses addresses;
    final Map<String, Seen> seen = new HashMap<>();
    int heard;

    Leader(FakeApi api, FakeApi.Weather weather, List<AddressRange> pool, @Nullable Integer quota) {
      addresses = new Addresses(api.client(weather), ledger, new Meters(ledger));
      put(pool, quota);
      api.all().forEach(addresses::observe);
      heard = api.history().size();
    }

    void put(List<AddressRange> pool, @Nullable Integer quota) {
      if (quota == null) {
        TestLedger.putPool(ledger, "pool", pool);
      } else {
        TestLedger.putPool(ledger, "pool", pool, quota);
      }
    }
  }

  private static final class World {

    private final FakeApi api = new FakeApi();
    private final @Nullable Integer quota;
    private final Map<String, Wanted> services = new TreeMap<>();
    private final Map<String, IpAddress> published = new HashMap<>();
    private final Set<String> known = new TreeSet<>();

    /** Who had to stay where it is: it moves once what it asks for can be had. */
    private final Set<String> refused = new TreeSet<>();

    private final Map<String, Rest> rests = new HashMap<>();
    private List<AddressRange> pool = ranges(0, 7);
    private final Leader[] leaders = new Leader[2];
    private Random chance = new Random(0);
    private boolean fair;
    private int depth;

    private int made;

    World(@Nullable Integer quota) {
      this.quota = quota;
      leaders[0] = start(0);
      leaders[1] = start(1);
    }

    private Leader start(int number) {
      return new Leader(api, () -> weather(number), pool, quota);
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
        case 4 -> pool = quota == null ? ranges(random.nextInt(4), 4 + random.nextInt(6)) : pool;
        case 5 -> restart(random.nextInt(2));
        case 6 -> deleteByHand();
        case 7 -> oldNews(leaders[random.nextInt(2)]);
        case 8 -> settleAndCheck();
        case 9, 10 -> hear(leaders[random.nextInt(2)], 1 + random.nextInt(5));
        default -> act(random.nextInt(2));
      }
      for (Leader leader : leaders) {
        leader.put(pool, quota);
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
        services.put(uid, wanted(claimant, 0));
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
          rests.remove(holder.uid());
          if (gone.getSpec().ip().equals(String.valueOf(published.get(holder.uid())))) {
            published.remove(holder.uid());
          }
        }
      }
    }

    private void hear(Leader leader, int count) {
      for (int i = 0; i < count && leader.heard < api.history().size(); i++) {
        tell(leader, api.history().get(leader.heard++));
      }
    }

    /** As after a list from a cache that is behind: all since then is told once more. */
    private void oldNews(Leader leader) {
      if (leader.heard > 0) {
        leader.heard -= chance.nextInt(Math.min(leader.heard, 20));
      }
    }

    private static void tell(Leader leader, FakeApi.News news) {
      if (news.deleted()) {
        leader.addresses.vanished(news.address());
      } else {
        leader.addresses.observe(news.address());
      }
    }

    /** A turn of a Service, or of one that is gone. */
    private void act(int number) {
      Leader leader = leaders[number];
      try {
        List<Claimant> gone = gone(leader);
        if (!gone.isEmpty() && chance.nextBoolean()) {
          leader.addresses.release(gone.getFirst().uid());
        } else {
          anyService().ifPresent(uid -> reconcile(leader, uid));
        }
      } catch (KubernetesClientException e) {
        assertThat(e.getCode()).as("what is not to be retried").isIn(-1, 500);
      }
    }

    private List<Claimant> gone(Leader leader) {
      return leader.addresses.holders().stream()
          .filter(holder -> !services.containsKey(holder.uid()))
          .toList();
    }

    private Seen live(String uid) {
      return new Seen(services.get(uid), published.get(uid));
    }

    /** As the Service reconciler does it, in whose place this is. */
    private void reconcile(Leader leader, String uid) {
      Seen seen =
          fair || chance.nextInt(3) == 0 ? live(uid) : leader.seen.getOrDefault(uid, live(uid));
      boolean isNew =
          !known.contains(uid) && seen.shown() == null && !leader.addresses.isUnderQuota(uid);
      if (!isNew
          && leader.addresses.wouldChange(
              seen.wanted().share(), seen.wanted().request(), seen.standing())) {
        seen = askFor(leader, uid);
      }
      leader.seen.put(uid, seen);
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

    private Seen askFor(Leader leader, String uid) {
      if (weather(leader == leaders[0] ? 0 : 1) != FakeApi.Fate.ANSWERED) {
        throw new KubernetesClientException("overloaded", 500, null);
      }
      Seen live = live(uid);
      leader.addresses.confirm(uid, live.standing().shown());
      return live;
    }

    /** Nodes answer for it by now: it is published, and what it does not serve goes. */
    private void announced(Leader leader, String uid, Seen seen, List<IpAddress> held) {
      if (seen.shown() == null && published.containsKey(uid)) {
        // The write of the finalizer tells that the watch is behind.
        leader.seen.put(uid, askFor(leader, uid));
        return;
      }
      leader.addresses.releaseAllBut(uid, ip -> held.contains(ip) || ip.equals(seen.shown()));
      IpAddress first = held.isEmpty() ? null : held.getFirst();
      if (Objects.equals(first, seen.shown())) {
        return;
      }
      if (first == null) {
        published.remove(uid);
      } else {
        published.put(uid, first);
      }
      leader.seen.put(uid, new Seen(seen.wanted(), published.get(uid)));
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

    void checkQuota() {
      Map<String, Set<IpAddress>> shown = new HashMap<>();
      published.forEach(
          (uid, ip) ->
              shown
                  .computeIfAbsent(
                      services.get(uid).share().claimant().namespace(), name -> new HashSet<>())
                  .add(ip));
      assertThat(shown.values()).allSatisfy(of -> assertThat(of).hasSizeLessThanOrEqualTo(2));
    }

    /** One leader is left, whatever was lost is tried again, and the watch catches up. */
    void settleAndCheck() {
      fair = true;
      Leader leader = leaders[0];
      List<Object> before = List.of();
      for (int round = 0; !before.equals(state()); round++) {
        assertThat(round).as("rounds without coming to rest").isLessThan(20);
        before = state();
        hear(leader, Integer.MAX_VALUE);
        gone(leader).forEach(holder -> leader.addresses.release(holder.uid()));
        List.copyOf(services.keySet()).forEach(uid -> reconcile(leader, uid));
      }
      hear(leader, Integer.MAX_VALUE);
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
      assertThat(leader.ledger.heldCount()).as("known to the leader").isEqualTo(api.all().size());
    }

    private void checkNothingMoved(Leader leader) {
      Map<String, Rest> now =
          services.values().stream()
              .filter(wanted -> !held(leader, wanted).isEmpty())
              .collect(
                  Collectors.toMap(
                      wanted -> wanted.share().claimant().uid(),
                      wanted -> new Rest(held(leader, wanted).getFirst(), wanted.asked())));
      now.forEach((uid, rest) -> assertThat(published.get(uid)).isEqualTo(rest.address()));
      rests.forEach(
          (uid, before) -> {
            Wanted wanted = services.get(uid);
            if (wanted != null
                && wanted.asked() == before.asked()
                && !hasWhatItAsksFor(wanted, now.get(uid))) {
              assertThat(now.get(uid)).as("%s in %s", uid, pool).isEqualTo(before);
            }
          });
      rests.clear();
      rests.putAll(now);
      rests.keySet().removeIf(uid -> refused.contains(uid) && !wishesForOne(services.get(uid)));
    }

    /** It may have waited for that while another had it. */
    private static boolean hasWhatItAsksFor(Wanted wanted, @Nullable Rest now) {
      return now != null
          && wanted.request() instanceof Request.Wishes(var wishes)
          && now.address().equals(wishes.getFirst().address());
    }

    private static boolean wishesForOne(Wanted wanted) {
      return wanted.request() instanceof Request.Wishes(var wishes)
          && wishes.getFirst().address() != null;
    }

    private static List<IpAddress> held(Leader leader, Wanted wanted) {
      return leader.ledger.heldBy(wanted.share().claimant().uid());
    }

    private static List<AddressRange> ranges(int first, int last) {
      return new ArrayList<>(
          List.of(
              new AddressRange(
                  IpAddress.parse("192.0.2." + first).orElseThrow(),
                  IpAddress.parse("192.0.2." + last).orElseThrow())));
    }
  }
}
