package dev.ballast.dataplane.server.cluster;

import dev.ballast.api.v1alpha1.Address;
import dev.ballast.api.v1alpha1.ServiceClaim;
import dev.ballast.dataplane.core.address.AddressGrant;
import dev.ballast.dataplane.core.plan.ServiceKey;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.informers.cache.Cache;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The informer's store of Addresses, which keeps only the Services that each is bound to, and the
 * name of its pool. A node may see ten thousand of them.
 *
 * <p>An Address that changes its claims takes effect at once, since two Services must not have one
 * address. An Address that is deleted stays until {@link #expire} is called, since no other Service
 * has the address then. The operator creates it again within a moment if a person deleted it, and
 * connections must not end for that. While the API server is away or lists again, nothing changes:
 * the informer removes only what a complete list lacks.
 */
final class AddressStore implements ItemStore<Address> {

  private static final Logger log = LoggerFactory.getLogger(AddressStore.class);

  private final WatchEventHandler<ServiceKey> events;
  private final Consumer<InetAddress> onClaimed;
  private final Consumer<Deletion> onDeleted;
  private final Map<InetAddress, StoredGrant> grants = new ConcurrentHashMap<>();

  /** An Address that is deleted; identity distinguishes two deletions of one name. */
  static final class Deletion {
    private final InetAddress address;

    private Deletion(InetAddress address) {
      this.address = address;
    }
  }

  /**
   * @param key the name of the Address
   * @param pool the AddressPool that has the address; empty if none does
   * @param deletion null while the Address exists
   */
  private record StoredGrant(
      String key, AddressGrant grant, String pool, @Nullable Deletion deletion) {

    boolean hasSame(AddressGrant otherGrant, String otherPool) {
      return grant.equals(otherGrant) && pool.equals(otherPool);
    }
  }

  /**
   * @param events get the Services that got an address or lost it
   * @param onClaimed gets each address that Services have and that was not stored before
   * @param onDeleted gets each deletion, to be returned to {@link #expire} later
   */
  AddressStore(
      WatchEventHandler<ServiceKey> events,
      Consumer<InetAddress> onClaimed,
      Consumer<Deletion> onDeleted) {
    this.events = events;
    this.onClaimed = onClaimed;
    this.onDeleted = onDeleted;
  }

  /** The Services that have the address; empty if there is no Address for it. */
  Optional<AddressGrant> grantOf(InetAddress address) {
    return Optional.ofNullable(grants.get(address)).map(StoredGrant::grant);
  }

  /** The name of the AddressPool that has the address; empty if none does. */
  Optional<String> poolOf(InetAddress address) {
    return Optional.ofNullable(grants.get(address))
        .map(StoredGrant::pool)
        .filter(pool -> !pool.isEmpty());
  }

  @Override
  public @Nullable Address put(String key, Address object) {
    try {
      store(key, addressOf(key), grantOf(object), poolOf(object));
    } catch (RuntimeException e) {
      // An exception would end the watch, so that one object would stop the updates of all others.
      log.atWarn().setCause(e).log("Cannot parse Address {}, keeping its last known state", key);
    }
    return null;
  }

  private void store(String key, InetAddress address, AddressGrant grant, String pool) {
    StoredGrant before = grants.put(address, new StoredGrant(key, grant, pool, null));
    boolean changed = before == null || !before.hasSame(grant, pool);
    Set<ServiceKey> services = new HashSet<>();
    if (changed) {
      services.addAll(servicesOf(grant));
      services.addAll(before == null ? Set.of() : servicesOf(before.grant()));
    }
    events.handle(services);
    if (before == null && !grant.isEmpty()) {
      onClaimed.accept(address);
    }
  }

  /** From the name, since only names are unique in the API server. */
  private static InetAddress addressOf(String name) {
    return InetAddress.ofLiteral(name.indexOf('.') < 0 ? name.replace('-', ':') : name);
  }

  private static AddressGrant grantOf(Address object) {
    return new AddressGrant(
        object.getSpec().claims().stream().map(AddressStore::granteeOf).toList());
  }

  /** Interned, since thousands of Addresses have one pool. */
  private static String poolOf(Address object) {
    String now = object.getStatus() == null ? "" : object.getStatus().pool();
    return (now.isEmpty() ? object.getSpec().pool() : now).intern();
  }

  private static AddressGrant.Grantee granteeOf(ServiceClaim claim) {
    return new AddressGrant.Grantee(new ServiceKey(claim.namespace(), claim.name()), claim.uid());
  }

  private static Set<ServiceKey> servicesOf(AddressGrant grant) {
    Set<ServiceKey> services = new HashSet<>();
    grant.grantees().forEach(grantee -> services.add(grantee.service()));
    return services;
  }

  @Override
  public @Nullable Address remove(String key) {
    try {
      InetAddress address = addressOf(key);
      var deletion = new Deletion(address);
      StoredGrant left =
          grants.computeIfPresent(
              address,
              (a, stored) ->
                  new StoredGrant(stored.key(), stored.grant(), stored.pool(), deletion));
      if (left != null) {
        onDeleted.accept(deletion);
      }
    } catch (IllegalArgumentException e) {
      log.atDebug().setCause(e).log("Cannot parse the name of Address {}, ignoring it", key);
    }
    events.handle(Set.of());
    return null;
  }

  /** Revokes the grant, unless the Address was created again since this deletion. */
  void expire(Deletion deletion) {
    Set<ServiceKey> services = new HashSet<>();
    grants.computeIfPresent(
        deletion.address,
        (address, stored) -> {
          if (stored.deletion() != deletion) {
            return stored;
          }
          services.addAll(servicesOf(stored.grant()));
          return null;
        });
    events.handle(services);
  }

  @Override
  public String getKey(Address object) {
    return Cache.metaNamespaceKeyFunc(object);
  }

  @Override
  public @Nullable Address get(String key) {
    return null;
  }

  @Override
  public Stream<String> keySet() {
    return grants.values().stream()
        .filter(stored -> stored.deletion() == null)
        .map(StoredGrant::key);
  }

  /** Only names, by which the informer finds the Addresses that a list lacks. */
  @Override
  public Stream<Address> values() {
    return keySet().map(AddressStore::named);
  }

  private static Address named(String key) {
    Address object = new Address();
    object.setMetadata(new ObjectMetaBuilder().withName(key).build());
    return object;
  }

  @Override
  public int size() {
    return grants.size();
  }

  @Override
  public boolean isFullState() {
    return false;
  }
}
