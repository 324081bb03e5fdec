package dev.ballast.dataplane.core.balance;

import dev.ballast.dataplane.core.Hashing;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;

/**
 * Maglev hashing (Eisenbud et al., NSDI 2016, section 3.4), to compare with {@link SourceHash}: a
 * table of slots, each with a candidate, with one lookup for a pick.
 */
final class Maglev {

  /** A prime, about a hundred times the number of candidates. */
  static int places(int candidates) {
    return candidates <= 160 ? 16_381 : 65_537;
  }

  private final short[] table;
  private final long key;

  Maglev(List<Endpoint> candidates, long key) {
    int size = places(candidates.size());
    this.key = key;
    this.table = new short[size];
    Arrays.fill(table, (short) Picker.NONE);
    int count = candidates.size();
    int[] next = new int[count];
    int[] skip = new int[count];
    for (int index = 0; index < count; index++) {
      Endpoint candidate = candidates.get(index);
      long hash = Hashing.of(candidate.address().getAddress(), candidate.port());
      next[index] = (int) Long.remainderUnsigned(hash, size);
      skip[index] = 1 + (int) Long.remainderUnsigned(Hashing.mix(hash), size - 1);
    }
    int filled = 0;
    while (filled < size && count > 0) {
      for (int index = 0; index < count && filled < size; index++) {
        while (table[next[index]] != Picker.NONE) {
          next[index] = after(next[index], skip[index], size);
        }
        table[next[index]] = (short) index;
        next[index] = after(next[index], skip[index], size);
        filled++;
      }
    }
  }

  private static int after(int place, int skip, int size) {
    int after = place + skip;
    return after >= size ? after - size : after;
  }

  int pick(InetAddress client) {
    long hash = Hashing.of(client.getAddress(), key);
    return table[(int) Long.remainderUnsigned(hash, table.length)];
  }
}
