package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.pool.ServiceRef;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The allocation of one address.
 *
 * @param claims of the holders, at least one; a reserved address without a Service is held by
 *     itself
 * @param pool the pool that allocated it; empty if a person created the Address
 * @param reservedFor the only Services that may hold it; null: any
 * @param version the resourceVersion of the Address; 0 while the allocation is tentative
 * @param createdAt creation time of the Address, in seconds since the epoch
 */
public record Allocation(
    List<AddressClaim> claims,
    String pool,
    @Nullable ReservationTarget reservedFor,
    long version,
    long createdAt) {

  public Allocation {
    claims = List.copyOf(claims);
  }

  /** An allocation whose Address is not created yet. */
  static Allocation tentative(AddressClaim claim, String pool) {
    return new Allocation(List.of(claim), pool, null, 0, Long.MAX_VALUE);
  }

  boolean isPersisted() {
    return version > 0;
  }

  boolean isHeldBy(String uid) {
    return claims.stream().anyMatch(claim -> claim.belongsTo(uid));
  }

  /** Whether no Service holds it: it is reserved. */
  boolean hasNoService() {
    return firstHolder().isReservation();
  }

  /**
   * The Service for which its pool retains it; empty while a Service holds it. An address that a
   * person reserves has no pool until a Service has had it.
   */
  Optional<ReservationTarget> retainedFor() {
    return hasNoService() && !pool.isEmpty() ? Optional.ofNullable(reservedFor) : Optional.empty();
  }

  /**
   * The namespace to whose quota it counts; empty for none. A retained address counts, since a
   * namespace could otherwise empty a pool by creating and deleting Services.
   */
  String quotaNamespace() {
    return retainedFor()
        .map(ReservationTarget::namespace)
        .orElseGet(() -> firstHolder().namespace());
  }

  ServiceRef firstHolder() {
    return claims.getFirst().serviceRef();
  }
}
