package dev.ballast.operator.ipam;

import dev.ballast.operator.ipam.pool.ServiceRef;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One address that is not free.
 *
 * @param claims of those who hold it, one or more; an address that is only kept is held by itself
 * @param pool that it was taken from; empty where a person made the Address
 * @param reservedFor who alone may have it; null: no rule
 * @param version the Address's resourceVersion, 0 while none is known: then it is set aside only
 * @param since when the claim was made, in seconds since the epoch
 */
public record Allocation(
    List<AddressClaim> claims,
    String pool,
    @Nullable Reservation reservedFor,
    long version,
    long since) {

  public Allocation {
    claims = List.copyOf(claims);
  }

  static Allocation setAside(AddressClaim claim, String pool) {
    return new Allocation(List.of(claim), pool, null, 0, Long.MAX_VALUE);
  }

  boolean isRecorded() {
    return version > 0;
  }

  boolean isOf(String uid) {
    return claims.stream().anyMatch(claim -> claim.isOf(uid));
  }

  /** Whether no Service has it: it is kept for one, or for nobody. */
  boolean isKept() {
    return first().isReservation();
  }

  ServiceRef first() {
    return claims.getFirst().serviceRef();
  }
}
