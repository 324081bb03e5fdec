package dev.ballast.dataplane.server.cluster;

import dev.ballast.api.v1alpha1.AddressPool;
import dev.ballast.api.v1alpha1.AnnounceSpec;
import dev.ballast.api.v1alpha1.AnnounceStatus;
import dev.ballast.dataplane.core.address.AnnouncePolicy;
import io.fabric8.kubernetes.client.informers.cache.ItemStore;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Which nodes and interfaces may announce an address, by the AddressPool that has it. The operator
 * resolves the selectors of a pool, so that a data plane needs no watch of all Nodes, and all data
 * planes have the same result. Thread-safe.
 */
final class AnnouncePolicies {

  private final Function<InetAddress, Optional<String>> poolOf;
  private final ProjectingStore<AddressPool, AnnouncePolicy> pools;

  /**
   * @param poolOf the name of the AddressPool that has an address
   * @param onChange called when the policy of a pool has changed
   */
  AnnouncePolicies(
      MeterRegistry metrics, Function<InetAddress, Optional<String>> poolOf, Runnable onChange) {
    this.poolOf = poolOf;
    this.pools =
        new ProjectingStore<>(
            AnnouncePolicies::parse,
            object -> ProjectingStore.metadataOnly(object, new AddressPool()),
            new WatchEventHandler<>(metrics, "AddressPool", name -> onChange.run()));
  }

  /** The store of the informer. */
  ItemStore<AddressPool> store() {
    return pools;
  }

  /** The policy for the address. Without a pool, all nodes may announce. */
  AnnouncePolicy of(InetAddress address) {
    return poolOf.apply(address).flatMap(pools::projected).orElse(AnnouncePolicy.ALL);
  }

  /**
   * A selector that is not resolved yet selects no node: the node that announces an address goes
   * on, and no node takes one that it may have to hand over a moment later.
   */
  private static AnnouncePolicy parse(AddressPool pool) {
    AnnounceSpec spec = pool.getSpec() == null ? null : pool.getSpec().announce();
    if (spec == null) {
      return AnnouncePolicy.ALL;
    }
    Optional<AnnounceStatus> resolved =
        Optional.ofNullable(pool.getStatus()).flatMap(s -> Optional.ofNullable(s.announce()));
    return new AnnouncePolicy(
        pool.getMetadata().getName(),
        spec.nodeSelector() == null
            ? Optional.empty()
            : Optional.of(resolved.map(r -> Set.copyOf(r.nodes())).orElse(Set.of())),
        spec.preferredNodeSelector() == null
            ? Set.of()
            : resolved.map(r -> Set.copyOf(r.preferredNodes())).orElse(Set.of()),
        spec.interfaces());
  }
}
