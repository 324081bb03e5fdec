package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.net.IpAddress;
import dev.ballast.operator.ipam.pool.Pool;
import dev.ballast.operator.ipam.pool.ServiceContext;
import dev.ballast.operator.ipam.pool.ServiceRef;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Allocates addresses to Services. It knows the Address objects that were observed, and the
 * allocations that are tentative until their Address is created.
 */
public final class Allocator {

  private static final int MAX_REMEMBERED_DELETIONS = 4096;

  private final IpamState state;
  private final AddressSelector addressSelector;

  /**
   * The resourceVersion up to which an address is known to be deleted: an event from before it is
   * ignored. The oldest entries are dropped, long after every watch has caught up.
   */
  private final Map<IpAddress, Long> deletedVersions =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<IpAddress, Long> eldest) {
          return size() > MAX_REMEMBERED_DELETIONS;
        }
      };

  Allocator(IpamState state) {
    this.state = state;
    this.addressSelector = new AddressSelector(state);
  }

  /**
   * Allocates a free address from the first pool that allows it. Or finds an address that is
   * reserved for this Service, or one of the same sharing key whose ports are free.
   */
  public AllocationResult allocate(
      AddressClaim claim, AddressRequest request, ServiceContext serviceContext) {
    synchronized (state) {
      AllocationResult result = addressSelector.select(claim, request, serviceContext);
      if (result instanceof AllocationResult.Assigned(var address, var pool)) {
        state.allocate(address, Allocation.tentative(claim, pool));
      }
      return result;
    }
  }

  /** Whether {@link #allocate} would find an address. */
  public boolean wouldAllocate(
      AddressClaim claim, AddressRequest request, ServiceContext serviceContext) {
    synchronized (state) {
      return !(addressSelector.select(claim, request, serviceContext)
          instanceof AllocationResult.Rejected);
    }
  }

  /**
   * Whether this address, which the Service holds, is what it requests, so that it need not move.
   * The rules of the pool do not matter here: they decide on new allocations only.
   */
  public boolean satisfies(
      AddressClaim claim,
      IpAddress address,
      AddressRequest request,
      ServiceContext serviceContext) {
    synchronized (state) {
      return addressSelector.satisfies(claim, address, request, serviceContext);
    }
  }

  /** Undoes a tentative allocation. No effect if a watch event has confirmed it meanwhile. */
  public void cancel(IpAddress address, String uid) {
    synchronized (state) {
      Allocation allocation = state.allocations.get(address);
      if (allocation != null && allocation.isHeldBy(uid) && !allocation.isPersisted()) {
        state.release(address, allocation);
      }
    }
  }

  /**
   * Records what an Address object says. An older version than the known one is ignored, so that a
   * late watch event does not undo a write.
   */
  public void observe(IpAddress address, Allocation observed) {
    synchronized (state) {
      Allocation known = state.allocations.get(address);
      if (observed.version() > deletedVersions.getOrDefault(address, 0L)
          && (known == null || observed.version() >= known.version())) {
        deletedVersions.remove(address);
        state.allocate(address, observed);
      }
    }
  }

  /**
   * Records that the Address object was deleted, as of this version. An allocation that is
   * tentative since then stays.
   */
  public void observeDeletion(IpAddress address, long version) {
    synchronized (state) {
      Allocation known = state.allocations.get(address);
      if (version < deletedVersions.getOrDefault(address, 0L)
          || (known != null && version < known.version())) {
        return;
      }
      rememberDeletion(address, version);
      if (known != null && known.isPersisted()) {
        state.release(address, known);
      }
    }
  }

  private void rememberDeletion(IpAddress address, long version) {
    Long before = deletedVersions.remove(address);
    deletedVersions.put(address, before == null ? version : Math.max(before, version));
  }

  /**
   * Records that the API server has no Address object of this name.
   *
   * @param uid of the Service on whose behalf the API server was asked
   * @param knownVersion {@link #versionOf} from before it was asked. An allocation of this version
   *     is gone; a later one, or one that is tentative for another Service, is newer than the
   *     answer and stays
   */
  public void observeAbsence(IpAddress address, String uid, long knownVersion) {
    synchronized (state) {
      Allocation known = state.allocations.get(address);
      if (known != null
          && known.version() == knownVersion
          && (known.isPersisted() || known.isHeldBy(uid))) {
        rememberDeletion(address, known.version());
        state.release(address, known);
      }
    }
  }

  /** The resourceVersion that is known of the address; 0 if it is free or tentative. */
  public long versionOf(IpAddress address) {
    synchronized (state) {
      Allocation allocation = state.allocations.get(address);
      return allocation == null ? 0 : allocation.version();
    }
  }

  /** Whether addresses of this pool stay reserved for the name of a deleted Service. */
  public boolean isRetained(String pool) {
    synchronized (state) {
      return state.pools.retainsAddresses(pool);
    }
  }

  /** The pool that allocates this address; empty text if none does. */
  public String poolOf(IpAddress address) {
    synchronized (state) {
      return state.pools.poolOf(address).map(Pool::name).orElse("");
    }
  }

  /** The claims of the Services that hold this address. */
  public List<AddressClaim> claimsOn(IpAddress address) {
    synchronized (state) {
      return state.allocations.claimsOn(address);
    }
  }

  /**
   * The addresses that the Service of this UID holds, the oldest claim first. This order is the
   * same on every replica: if two leaders claimed an address each, both release the same one.
   */
  public List<IpAddress> addressesOf(String uid) {
    synchronized (state) {
      return state.allocations.ofService(uid).stream()
          .sorted(
              Comparator.comparing(
                      (IpAddress held) ->
                          Objects.requireNonNull(state.allocations.get(held)).createdAt())
                  .thenComparing(Comparator.naturalOrder()))
          .toList();
    }
  }

  /** Services of the same namespace and name, but another UID, that hold addresses. */
  public Set<ServiceRef> predecessorsOf(ServiceRef serviceRef) {
    synchronized (state) {
      return state.allocations.predecessorsOf(serviceRef);
    }
  }

  /** All Services that hold an address. */
  public Set<ServiceRef> holders() {
    synchronized (state) {
      return state.allocations.holders();
    }
  }
}
