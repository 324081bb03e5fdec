package dev.ballast.dataplane.server.nftables;

import java.time.Duration;
import java.util.Optional;

/**
 * A set, or a map from keys to values.
 *
 * @param value of the entries of a map; empty for a set
 * @param dynamic empty when only transactions add elements, and these stay
 */
public record NftablesSet(
    NftablesTable table,
    String name,
    NftablesType key,
    Optional<NftablesType> value,
    Optional<DynamicElements> dynamic) {

  /**
   * Elements that expire, and that rules may add.
   *
   * @param timeout of an element that has none of its own; the kernel rounds it to its ticks
   * @param size the limit of elements, including expired ones for up to a second
   */
  public record DynamicElements(Duration timeout, int size) {}

  public NftablesSet(NftablesTable table, String name, NftablesType key) {
    this(table, name, key, Optional.empty(), Optional.empty());
  }

  public NftablesSet(NftablesTable table, String name, NftablesType key, NftablesType value) {
    this(table, name, key, Optional.of(value), Optional.empty());
  }

  public NftablesSet(NftablesTable table, String name, NftablesType key, DynamicElements dynamic) {
    this(table, name, key, Optional.empty(), Optional.of(dynamic));
  }
}
