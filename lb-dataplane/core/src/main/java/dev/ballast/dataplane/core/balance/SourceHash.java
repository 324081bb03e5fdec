package dev.ballast.dataplane.core.balance;

import dev.ballast.dataplane.core.Hashing;
import dev.ballast.dataplane.core.endpoint.Endpoint;
import java.util.List;

/**
 * The same candidate for the same client address, on every node, without keeping a table of
 * clients: rendezvous hashing over the candidates. When one goes, only its own clients move, each
 * to its second choice; when one comes, it takes its share and nobody else moves. All ports of a
 * Service choose the same Pod, because the Pod's address decides.
 */
final class SourceHash implements Picker {

  private final long[] pods;

  /** For candidates that share an address. */
  private final long[] candidates;

  private final long key;

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
  }

  @Override
  public int pick(Draw draw) {
    long client = Hashing.of(draw.client().getAddress(), key);
    int best = NONE;
    long bestWeight = 0;
    long bestTieBreak = 0;
    for (int index = 0; index < candidates.length; index++) {
      if (draw.tried().test(index)) {
        continue;
      }
      long weight = Hashing.mix(pods[index] ^ client);
      int compared = best == NONE ? 1 : Long.compareUnsigned(weight, bestWeight);
      if (compared < 0) {
        continue;
      }
      long tieBreak = Hashing.mix(candidates[index] ^ client);
      if (compared > 0 || Long.compareUnsigned(tieBreak, bestTieBreak) > 0) {
        best = index;
        bestWeight = weight;
        bestTieBreak = tieBreak;
      }
    }
    return best;
  }
}
