package dev.ballast.operator.ipam;

import java.util.List;

/** Why a pool gives a Service nothing. */
public sealed interface Barrier {

  String pool();

  /** Every address of the family is held. */
  record Full(String pool) implements Barrier {}

  /** It gives no more, by its spec. */
  record Disabled(String pool) implements Barrier {}

  /** It is about to go. */
  record Deleting(String pool) implements Barrier {}

  /** It is for those who ask for it. */
  record OnRequest(String pool) implements Barrier {}

  /** It is for other namespaces. */
  record OtherNamespaces(String pool, Selector wanted) implements Barrier {}

  /** It is for other Services. */
  record OtherServices(String pool, Selector wanted) implements Barrier {}

  /**
   * The namespace has as many as it may.
   *
   * @param holders names of Services of that namespace, in order
   */
  record QuotaReached(String pool, String namespace, int quota, List<String> holders)
      implements Barrier {
    public QuotaReached {
      holders = List.copyOf(holders);
    }
  }
}
