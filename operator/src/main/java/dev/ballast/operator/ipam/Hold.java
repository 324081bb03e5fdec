package dev.ballast.operator.ipam;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One address that is not free.
 *
 * @param shares of those who hold it, one or more; an address that is only kept is held by itself
 * @param pool that it was taken from; empty where a person made the Address
 * @param reservedFor who alone may have it; null: no rule
 * @param version the Address's resourceVersion, 0 while none is known: then it is set aside only
 * @param since when the claim was made, in seconds since the epoch
 */
public record Hold(
    List<Share> shares, String pool, @Nullable Reservation reservedFor, long version, long since) {

  public Hold {
    shares = List.copyOf(shares);
  }

  static Hold setAside(Share share, String pool) {
    return new Hold(List.of(share), pool, null, 0, Long.MAX_VALUE);
  }

  boolean isRecorded() {
    return version > 0;
  }

  boolean isOf(String uid) {
    return shares.stream().anyMatch(share -> share.isOf(uid));
  }

  /** Whether no Service has it: it is kept for one, or for nobody. */
  boolean isKept() {
    return first().isReservation();
  }

  Claimant first() {
    return shares.getFirst().claimant();
  }
}
