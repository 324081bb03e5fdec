package dev.ballast.operator.address;

import dev.ballast.logging.LogKeys;
import dev.ballast.apiclient.ResourceVersions;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressSpec;
import dev.ballast.operator.ipam.Choice;
import dev.ballast.operator.ipam.Claimant;
import dev.ballast.operator.ipam.IpAddress;
import dev.ballast.operator.ipam.IpFamily;
import dev.ballast.operator.ipam.Ledger;
import dev.ballast.operator.ipam.Request;
import dev.ballast.operator.ipam.Share;
import dev.ballast.operator.ipam.Standing;
import dev.ballast.operator.ipam.Wish;
import dev.ballast.operator.observe.Meters;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims addresses for Services and lets them go: every claim is an Address object named by its
 * address, so that the API server refuses the second one whatever this process believes.
 */
public final class Addresses {

  private static final Logger log = LoggerFactory.getLogger(Addresses.class);

  /** Enough to get past claims of another leader that our watch has not shown yet. */
  private static final int ATTEMPTS = 32;

  private final KubernetesClient client;
  private final Ledger ledger;
  private final Meters meters;
  private final Shares shares;

  public Addresses(KubernetesClient client, Ledger ledger, Meters meters) {
    this.client = client;
    this.ledger = ledger;
    this.meters = meters;
    this.shares = new Shares(client, ledger);
  }

  /** How a wish for addresses ended. */
  public sealed interface Outcome {

    /**
     * One address for every family that was asked for.
     *
     * @param taken ports that others have, of a shared address
     */
    record Held(List<IpAddress> addresses, List<Choice.PortTaken> taken) implements Outcome {
      public Held {
        addresses = List.copyOf(addresses);
        taken = List.copyOf(taken);
      }
    }

    /**
     * Not all that was asked for.
     *
     * @param held what the Service has instead: of each family what was asked for, else what it
     *     held before
     * @param taken ports that others have, of a shared address
     */
    record Refused(Choice.Refused why, List<IpAddress> held, List<Choice.PortTaken> taken)
        implements Outcome {
      public Refused {
        held = List.copyOf(held);
        taken = List.copyOf(taken);
      }
    }
  }

  /** The addresses that this Service holds already. */
  public List<IpAddress> heldBy(String uid) {
    return ledger.heldBy(uid);
  }

  /** Why no pool has this address any more, or none for long; empty when one has it. */
  public Optional<String> whyOrphaned(IpAddress address) {
    return ledger.whyOrphaned(address);
  }

  /** Other Services of this name that hold addresses: earlier ones, as a rule. */
  public Set<Claimant> namesakes(Claimant claimant) {
    return ledger.namesakes(claimant);
  }

  /** Whoever holds an address. */
  Set<Claimant> holders() {
    return ledger.claimants();
  }

  /**
   * Keeps what the Service holds if that is what it wishes, and claims what it lacks. Each family
   * by itself: one that cannot be had takes no other away. Of two addresses that would do, the one
   * that the Service's status shows counts, else the older.
   *
   * @throws KubernetesClientException to be retried
   */
  public Outcome claim(Share share, Request request, Standing standing) {
    return switch (request) {
      case Request.Wishes(var wishes) -> claim(share, wishes, standing);
      case Request.Malformed(var asked, var why) -> {
        Choice.Malformed malformed = new Choice.Malformed(asked, why);
        meters.allocation(malformed);
        List<IpAddress> held = firstOfEachFamily(share.claimant(), standing);
        yield new Outcome.Refused(malformed, held, restate(share));
      }
    };
  }

  private Outcome claim(Share share, List<Wish> wishes, Standing standing) {
    List<IpAddress> before = confirmed(share.claimant().uid(), standing);
    List<IpAddress> held = new ArrayList<>();
    List<Choice.Refused> refusals = new ArrayList<>();
    for (Wish wish : wishes) {
      Optional<IpAddress> kept =
          before.stream()
              .filter(address -> ledger.grants(share, address, wish, standing))
              .findFirst();
      if (kept.isPresent()) {
        held.add(kept.get());
        continue;
      }
      switch (claimNew(share, wish, standing)) {
        case Choice.Assigned(var address, var _) -> held.add(address);
        case Choice.Shareable(var address, var _) -> held.add(address);
        case Choice.Refused refused -> {
          refusals.add(refused);
          before.stream()
              .filter(address -> address.family() == wish.family())
              .findFirst()
              .ifPresent(held::add);
        }
      }
    }
    List<Choice.PortTaken> taken = restate(share);
    if (!ledger.heldBy(share.claimant().uid()).containsAll(held)) {
      // Somebody deleted one just now: it must not be served without a claim.
      return claim(share, wishes, standing);
    }
    return refusals.isEmpty()
        ? new Outcome.Held(held, taken)
        : new Outcome.Refused(refusals.getFirst(), held, taken);
  }

  /**
   * What is held. Of two in a family one is going to be let go, so that it must not be the other
   * one that is gone already, as a watch that is behind would have it: the API server is asked.
   */
  private List<IpAddress> confirmed(String uid, Standing standing) {
    List<IpAddress> held = inOrder(uid, standing);
    if (!hasSurplus(held)) {
      return held;
    }
    held.forEach(ip -> shares.confirm(ip, uid));
    return inOrder(uid, standing);
  }

  private static boolean hasSurplus(List<IpAddress> held) {
    return held.stream().map(IpAddress::family).distinct().count() < held.size();
  }

  /** What is held, the first to be kept first. */
  private List<IpAddress> inOrder(String uid, Standing standing) {
    return ledger.heldBy(uid).stream()
        .sorted(Comparator.comparing(ip -> !standing.shown().contains(ip)))
        .toList();
  }

  /**
   * Whether what {@link #claim} would do needs the newest news: it would write, or leave the
   * address that clients know, or one that is not known to be published is about to be. Else all
   * stays.
   */
  public boolean wouldChange(Share share, Request request, Standing standing) {
    List<IpAddress> held = ledger.heldBy(share.claimant().uid());
    return !standing.shown().containsAll(held)
        || held.stream().anyMatch(ip -> isToBeRestated(share, ip))
        || (request instanceof Request.Wishes(var wishes)
            && wishes.stream().anyMatch(wish -> wouldMove(share, held, wish, standing)));
  }

  private boolean wouldMove(Share share, List<IpAddress> held, Wish wish, Standing standing) {
    return held.stream().noneMatch(address -> ledger.grants(share, address, wish, standing))
        && (standing.shows(wish.family()) || ledger.wouldGive(share, wish, standing));
  }

  /** Asks the API server whether this Service holds these addresses, and what it is known to. */
  public void confirm(String uid, Set<IpAddress> more) {
    Stream.concat(ledger.heldBy(uid).stream(), more.stream())
        .distinct()
        .forEach(ip -> shares.confirm(ip, uid));
  }

  /** Makes its claims say what the Service says now, but for the ports that others have. */
  private List<Choice.PortTaken> restate(Share share) {
    List<Choice.PortTaken> taken = new ArrayList<>();
    for (IpAddress ip : ledger.heldBy(share.claimant().uid())) {
      if (isToBeRestated(share, ip)) {
        shares.enter(ip, share, false);
      }
      taken.addAll(share.portsTaken(ip, ledger.sharesOf(ip)));
    }
    return taken;
  }

  private boolean isToBeRestated(Share share, IpAddress ip) {
    List<Share> known = ledger.sharesOf(ip);
    return !known.contains(share.among(known).beside(ip, known));
  }

  private List<IpAddress> firstOfEachFamily(Claimant claimant, Standing standing) {
    Map<IpFamily, IpAddress> first = new EnumMap<>(IpFamily.class);
    inOrder(claimant.uid(), standing).forEach(held -> first.putIfAbsent(held.family(), held));
    return List.copyOf(first.values());
  }

  private Choice claimNew(Share share, Wish wish, Standing standing) {
    Choice choice = claimOne(share, wish, standing);
    meters.allocation(choice);
    return choice;
  }

  private Choice claimOne(Share share, Wish wish, Standing standing) {
    Claimant claimant = share.claimant();
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      switch (ledger.choose(share, wish, standing)) {
        case Choice.Assigned assigned -> {
          if (create(assigned, share)) {
            log.atInfo()
                .addKeyValue(LogKeys.SERVICE, claimant)
                .addKeyValue(LogKeys.ADDRESS, assigned.address())
                .addKeyValue(LogKeys.POOL, assigned.pool())
                .log("address assigned");
            return assigned;
          }
        }
        case Choice.Shareable shareable -> {
          if (shares.enter(shareable.address(), share, true)) {
            log.atInfo()
                .addKeyValue(LogKeys.SERVICE, claimant)
                .addKeyValue(LogKeys.ADDRESS, shareable.address())
                .log("address shared");
            return shareable;
          }
        }
        case Choice.Refused refused -> {
          return refused;
        }
      }
    }
    throw new IllegalStateException(
        ATTEMPTS + " addresses in a row were held already; the watch of Addresses is behind");
  }

  private boolean create(Choice.Assigned assigned, Share share) {
    Claimant claimant = share.claimant();
    IpAddress ip = assigned.address();
    Address address = new Address();
    address.getMetadata().setName(ip.objectName());
    address.setSpec(
        new AddressSpec(
            ip.toString(), assigned.pool(), List.of(Claims.of(share.beside(ip, List.of()))), null));
    try {
      observe(client.resource(address).create());
      return true;
    } catch (KubernetesClientException e) {
      ledger.giveUp(ip, claimant.uid());
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      // Ours, when the answer to an earlier create was lost; else another's that we had not seen.
      Optional.ofNullable(client.resources(Address.class).withName(ip.objectName()).get())
          .ifPresent(this::observe);
      return ledger.heldBy(claimant.uid()).contains(ip);
    }
  }

  /**
   * Lets go of every Address of this Service, which is gone: those of pools that retain stay
   * reserved for its name. Safe to repeat.
   */
  public void release(String uid) {
    ledger.heldBy(uid).forEach(ip -> shares.leave(ip, uid, true));
  }

  /** Deletes the Addresses of this Service that are not in use. Safe to repeat. */
  public void releaseAllBut(String uid, Predicate<IpAddress> inUse) {
    ledger.heldBy(uid).stream().filter(inUse.negate()).forEach(ip -> shares.leave(ip, uid, false));
  }

  /** Takes in an Address as the API server has it. */
  void observe(Address address) {
    Claims.observe(ledger, address);
  }

  /** Whoever holds this address and more than one: a leader too many was at work, or it moves. */
  List<Claimant> surplus(Address address) {
    return claimantsOf(address).stream()
        .filter(holder -> ledger.heldBy(holder.uid()).size() > 1)
        .toList();
  }

  /**
   * Takes in that an Address is gone.
   *
   * @return the Services that have lost it, when we did not take it away ourselves
   */
  List<Claimant> vanished(Address address) {
    Optional<IpAddress> ip = Claims.addressOf(address);
    List<Claimant> losers =
        claimantsOf(address).stream()
            .filter(holder -> ip.filter(ledger.heldBy(holder.uid())::contains).isPresent())
            .toList();
    ip.ifPresent(gone -> ledger.vanished(gone, ResourceVersions.of(address)));
    return losers;
  }

  static List<Claimant> claimantsOf(Address address) {
    return Claims.sharesOf(address).stream().map(Share::claimant).toList();
  }
}
