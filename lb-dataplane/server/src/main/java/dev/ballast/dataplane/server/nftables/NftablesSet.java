package dev.ballast.dataplane.server.nftables;

import java.util.Optional;

/**
 * A set, or a map from keys to values.
 *
 * @param value of the entries of a map; empty for a set
 */
public record NftablesSet(
    NftablesTable table, String name, NftablesType key, Optional<NftablesType> value) {

  public NftablesSet(NftablesTable table, String name, NftablesType key) {
    this(table, name, key, Optional.empty());
  }
}
