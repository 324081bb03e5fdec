package dev.ballast.operator.address;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.AddressSpec;
import dev.ballast.api.v1alpha1.ServiceClaim;
import dev.ballast.operator.ipam.Choice;
import dev.ballast.operator.ipam.Claimant;
import dev.ballast.operator.ipam.IpAddress;
import dev.ballast.operator.ipam.IpFamily;
import dev.ballast.operator.ipam.Ledger;
import dev.ballast.operator.ipam.Request;
import dev.ballast.operator.ipam.Wish;
import dev.ballast.operator.observe.LogKeys;
import dev.ballast.operator.observe.Meters;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
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

  public Addresses(KubernetesClient client, Ledger ledger, Meters meters) {
    this.client = client;
    this.ledger = ledger;
    this.meters = meters;
  }

  /** How a wish for addresses ended. */
  public sealed interface Outcome {

    /** One address for every family that was asked for. */
    record Held(List<IpAddress> addresses) implements Outcome {
      public Held {
        addresses = List.copyOf(addresses);
      }
    }

    /**
     * Not all that was asked for.
     *
     * @param held what the Service has instead: of each family what was asked for, else what it
     *     held before
     */
    record Refused(Choice.Refused why, List<IpAddress> held) implements Outcome {
      public Refused {
        held = List.copyOf(held);
      }
    }
  }

  /** The addresses that this Service holds already. */
  public List<IpAddress> heldBy(String uid) {
    return ledger.heldBy(uid);
  }

  /** The addresses that other Services of this name hold: earlier ones, as a rule. */
  public List<IpAddress> heldByNamesakes(Claimant claimant) {
    return ledger.heldByNamesakes(claimant);
  }

  /**
   * Keeps what the Service holds if that is what it wishes, and claims what it lacks. Each family
   * by itself: one that cannot be had takes no other away. Of two addresses that would do, the
   * older counts.
   *
   * @throws KubernetesClientException to be retried
   */
  public Outcome claim(Claimant claimant, Request request) {
    return switch (request) {
      case Request.Wishes(var wishes) -> claim(claimant, wishes);
      case Request.Malformed(var asked, var why) -> {
        Choice.Malformed malformed = new Choice.Malformed(asked, why);
        meters.allocation(malformed);
        yield new Outcome.Refused(malformed, oldestOfEachFamily(claimant));
      }
    };
  }

  private Outcome claim(Claimant claimant, List<Wish> wishes) {
    List<IpAddress> before = ledger.heldBy(claimant.uid());
    List<IpAddress> held = new ArrayList<>();
    List<Choice.Refused> refusals = new ArrayList<>();
    for (Wish wish : wishes) {
      Optional<IpAddress> kept =
          before.stream().filter(address -> ledger.grants(address, wish)).findFirst();
      if (kept.isPresent()) {
        held.add(kept.get());
        continue;
      }
      switch (claimNew(claimant, wish)) {
        case Choice.Assigned(var address, var _) -> held.add(address);
        case Choice.Refused refused -> {
          refusals.add(refused);
          before.stream()
              .filter(address -> address.family() == wish.family())
              .findFirst()
              .ifPresent(held::add);
        }
      }
    }
    return refusals.isEmpty()
        ? new Outcome.Held(held)
        : new Outcome.Refused(refusals.getFirst(), held);
  }

  private List<IpAddress> oldestOfEachFamily(Claimant claimant) {
    Map<IpFamily, IpAddress> oldest = new EnumMap<>(IpFamily.class);
    ledger.heldBy(claimant.uid()).forEach(held -> oldest.putIfAbsent(held.family(), held));
    return List.copyOf(oldest.values());
  }

  private Choice claimNew(Claimant claimant, Wish wish) {
    Choice choice = claimOne(claimant, wish);
    meters.allocation(choice);
    return choice;
  }

  private Choice claimOne(Claimant claimant, Wish wish) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      switch (ledger.choose(claimant, wish)) {
        case Choice.Assigned assigned -> {
          if (create(assigned, claimant)) {
            log.atInfo()
                .addKeyValue(LogKeys.SERVICE, claimant)
                .addKeyValue(LogKeys.ADDRESS, assigned.address())
                .addKeyValue(LogKeys.POOL, assigned.pool())
                .log("address assigned");
            return assigned;
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

  private boolean create(Choice.Assigned assigned, Claimant claimant) {
    IpAddress ip = assigned.address();
    Address address = new Address();
    address.getMetadata().setName(ip.objectName());
    address.setSpec(
        new AddressSpec(
            ip.toString(),
            assigned.pool(),
            List.of(new ServiceClaim(claimant.namespace(), claimant.name(), claimant.uid()))));
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

  /** Deletes every Address of this Service. Safe to repeat. */
  public void release(String uid) {
    releaseAllBut(uid, ip -> false);
  }

  /** Deletes the Addresses of this Service that are not in use. Safe to repeat. */
  public void releaseAllBut(String uid, Predicate<IpAddress> inUse) {
    ledger.heldBy(uid).stream().filter(inUse.negate()).forEach(ip -> release(ip, uid));
  }

  private void release(IpAddress ip, String uid) {
    var address = client.resources(Address.class).withName(ip.objectName());
    Address live = address.get();
    if (live == null) {
      ledger.absent(ip, uid);
    } else if (claimantOf(live).filter(holder -> holder.uid().equals(uid)).isEmpty()) {
      observe(live);
    } else {
      address.delete();
      // What the watch still has to say of the deleted object is older than its deletion.
      ledger.vanished(ip, uid, version(live) + 1);
      log.atInfo().addKeyValue(LogKeys.ADDRESS, ip).log("address released");
    }
  }

  /** Takes in an Address as the API server has it. */
  void observe(Address address) {
    parse(address)
        .ifPresent(ip -> ledger.observe(ip, holderOf(address), version(address), since(address)));
  }

  /** Whether whoever holds this address holds more than one: a leader too many was at work. */
  Optional<Claimant> surplus(Address address) {
    return claimantOf(address).filter(holder -> ledger.heldBy(holder.uid()).size() > 1);
  }

  private static long since(Address address) {
    return Instant.parse(address.getMetadata().getCreationTimestamp()).getEpochSecond();
  }

  /**
   * Takes in that an Address is gone.
   *
   * @return the Service that has lost it, when we did not take it away ourselves
   */
  Optional<Claimant> vanished(Address address) {
    Optional<IpAddress> ip = parse(address);
    Optional<Claimant> loser =
        claimantOf(address)
            .filter(holder -> ip.filter(ledger.heldBy(holder.uid())::contains).isPresent());
    ip.ifPresent(gone -> ledger.vanished(gone, holderOf(address).uid(), version(address)));
    return loser;
  }

  /** An Address without a claim was made by a person, to reserve it: it holds itself. */
  private static Claimant holderOf(Address address) {
    var metadata = address.getMetadata();
    return claimantOf(address)
        .orElseGet(() -> Claimant.reserved(metadata.getName(), metadata.getUid()));
  }

  static Optional<Claimant> claimantOf(Address address) {
    return address.getSpec().claims().stream()
        .map(claim -> new Claimant(claim.namespace(), claim.name(), claim.uid()))
        .findFirst();
  }

  /** By its name, which alone the API server keeps unique. */
  private static Optional<IpAddress> parse(Address address) {
    return IpAddress.ofObjectName(address.getMetadata().getName());
  }

  /** Resource versions are comparable as numbers (KEP-5504). */
  private static long version(Address address) {
    return Long.parseUnsignedLong(address.getMetadata().getResourceVersion());
  }
}
