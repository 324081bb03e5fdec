package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.pool.ClusterAddresses;
import dev.ballast.operator.ipam.pool.PoolPolicy;
import dev.ballast.operator.ipam.pool.PoolRanges;
import dev.ballast.operator.ipam.pool.ServiceRef;
import java.util.Map;
import java.util.Set;

/**
 * Registers the pools, and what decides on their use: the cluster's own addresses and the labels of
 * namespaces. A change never takes an allocated address from its holder.
 */
public final class PoolRegistry {

  private final IpamState state;

  PoolRegistry(IpamState state) {
    this.state = state;
  }

  /**
   * Adds or replaces a pool.
   *
   * @return the holders of addresses that became orphaned by it, or stopped being so
   */
  public Set<ServiceRef> put(String name, PoolRanges ranges, PoolPolicy policy) {
    synchronized (state) {
      state.pools.put(name, ranges, policy);
      return state.updateOrphans();
    }
  }

  /** Removes a pool; returns the same as {@link #put}. */
  public Set<ServiceRef> remove(String name) {
    synchronized (state) {
      state.pools.remove(name);
      return state.updateOrphans();
    }
  }

  /** Sets the addresses that the cluster itself uses; returns the same as {@link #put}. */
  public Set<ServiceRef> setClusterAddresses(ClusterAddresses clusterAddresses) {
    synchronized (state) {
      state.pools.setClusterAddresses(clusterAddresses);
      return state.updateOrphans();
    }
  }

  /** Returns whether the change can make a pool decide differently. */
  public boolean putNamespace(String name, Map<String, String> labels) {
    synchronized (state) {
      Map<String, String> before = state.namespaceLabels.put(name, Map.copyOf(labels));
      return !labels.equals(before) && state.pools.anySelectsNamespaces();
    }
  }

  public void removeNamespace(String name) {
    synchronized (state) {
      state.namespaceLabels.remove(name);
    }
  }
}
