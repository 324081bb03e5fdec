package dev.ballast.operator.ipam.pool;

import java.util.List;

/** Why a pool gives a Service nothing. */
public sealed interface PoolRejection {

  String pool();

  /** Every address of the family is held. */
  record Full(String pool) implements PoolRejection {}

  /** It gives no more, by its spec. */
  record Disabled(String pool) implements PoolRejection {}

  /** It is about to go. */
  record Deleting(String pool) implements PoolRejection {}

  /** It is for those who ask for it. */
  record OnRequest(String pool) implements PoolRejection {}

  /** It is for other namespaces. */
  record OtherNamespaces(String pool, LabelMatcher wanted) implements PoolRejection {}

  /** It is for other Services. */
  record OtherServices(String pool, LabelMatcher wanted) implements PoolRejection {}

  /**
   * The namespace has as many as it may.
   *
   * @param holders names of Services of that namespace, in order
   */
  record QuotaReached(String pool, String namespace, int quota, List<String> holders)
      implements PoolRejection {
    public QuotaReached {
      holders = List.copyOf(holders);
    }
  }
}
