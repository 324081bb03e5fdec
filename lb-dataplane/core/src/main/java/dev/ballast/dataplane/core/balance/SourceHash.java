package dev.ballast.dataplane.core.balance;

import dev.ballast.dataplane.core.Hashing;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Source hashing: the same candidate for the same client address, on every node, without a table of
 * clients. It uses rendezvous hashing over the candidates. When a candidate goes, only its own
 * clients move. When one comes, it takes its share, and no other client moves. All ports of a
 * Service pick the same Pod, because the hash uses the Pod's address.
 *
 * <p>Clients share {@value #SLOTS} slots, and the hash is computed for each slot. With many
 * candidates, the result of a slot is computed when it is first needed, and cached (ADR 16).
 */
final class SourceHash implements Picker {

  private static final int SLOTS = 1 << 16;

  /** Slots that are cached together: a Service with few clients needs few pages. */
  private static final int PAGE = 1 << 8;

  /**
   * Up to so many candidates, the computation takes less than a microsecond: not worth the memory.
   */
  private static final int MAX_UNCACHED_CANDIDATES = 16;

  private final long[] pods;

  /** Hashes of address and port: tie-breakers for candidates that share an address. */
  private final long[] candidates;

  private final long key;

  /**
   * Index of the first choice of a slot, plus one; 0: not computed yet. Several threads write it
   * without a lock, because they all write the same value.
   */
  private final char[][] cache;

  SourceHash(List<Endpoint> candidates, long key) {
    this.pods =
        candidates.stream()
            .mapToLong(candidate -> Hashing.of(candidate.address().getAddress(), 0))
            .toArray();
    this.candidates =
        candidates.stream()
            .mapToLong(candidate -> Hashing.of(candidate.address().getAddress(), candidate.port()))
            .toArray();
    this.key = key;
    boolean isCached = pods.length > MAX_UNCACHED_CANDIDATES && pods.length < Character.MAX_VALUE;
    this.cache = new char[isCached ? SLOTS / PAGE : 0][];
  }

  @Override
  public int pick(PickContext context) {
    int slot = (int) (Hashing.of(context.client().getAddress(), key) >>> 48);
    if (cache.length > 0) {
      int first = firstChoice(slot);
      if (!context.tried().test(first)) {
        return first;
      }
    }
    return choose(slot, context.tried());
  }

  private int firstChoice(int slot) {
    char[] page = cache[slot / PAGE];
    if (page == null) {
      page = new char[PAGE];
      cache[slot / PAGE] = page;
    }
    int cached = page[slot % PAGE];
    if (cached > 0) {
      return cached - 1;
    }
    int index = choose(slot, any -> false);
    page[slot % PAGE] = (char) (index + 1);
    return index;
  }

  private int choose(int slot, IntPredicate tried) {
    long seed = Hashing.mix(key + slot);
    int best = NONE;
    long bestWeight = 0;
    long bestTieBreak = 0;
    for (int index = 0; index < candidates.length; index++) {
      if (tried.test(index)) {
        continue;
      }
      long weight = Hashing.mix(pods[index] ^ seed);
      int compared = best == NONE ? 1 : Long.compareUnsigned(weight, bestWeight);
      if (compared < 0) {
        continue;
      }
      long tieBreak = Hashing.mix(candidates[index] ^ seed);
      if (compared > 0 || Long.compareUnsigned(tieBreak, bestTieBreak) > 0) {
        best = index;
        bestWeight = weight;
        bestTieBreak = tieBreak;
      }
    }
    return best;
  }
}
