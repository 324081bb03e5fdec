package dev.ballast.operator.ipam.pool;

import java.util.List;

/** Why a pool allocates no address to a Service. */
public sealed interface PoolRejection {

  String pool();

  /** Every address of the family is allocated. */
  record Full(String pool) implements PoolRejection {}

  /** Its spec disables it. */
  record Disabled(String pool) implements PoolRejection {}

  /** It is being deleted. */
  record Deleting(String pool) implements PoolRejection {}

  /** It is only for Services that request it. */
  record OnRequest(String pool) implements PoolRejection {}

  /** Its namespace selector does not match. */
  record OtherNamespaces(String pool, LabelMatcher selector) implements PoolRejection {}

  /** Its Service selector does not match. */
  record OtherServices(String pool, LabelMatcher selector) implements PoolRejection {}

  /**
   * The namespace has reached its quota.
   *
   * @param holders names of the Services of the namespace that hold addresses of the pool, or had
   *     one that the pool retains
   */
  record QuotaReached(String pool, String namespace, int quota, List<String> holders)
      implements PoolRejection {
    public QuotaReached {
      holders = List.copyOf(holders);
    }
  }
}
