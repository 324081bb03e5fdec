package dev.ballast.dataplane.server.firewall;

import dev.ballast.dataplane.server.nftables.NftablesBaseChain;
import dev.ballast.dataplane.server.nftables.NftablesBatch;
import dev.ballast.dataplane.server.nftables.NftablesRule;
import dev.ballast.dataplane.server.nftables.NftablesSocket;
import dev.ballast.dataplane.server.socket.ErrnoException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Keeps {@link AcceptRule} in chains that may drop. */
final class AcceptRules {

  private final NftablesSocket socket;

  AcceptRules(NftablesSocket socket) {
    this.socket = socket;
  }

  /** Inserts the rule where it is missing. Each chain is a transaction, so that one can fail. */
  AcceptRulesResult ensure(List<InputChain> chains) {
    int added = 0;
    List<AcceptRulesResult.Failure> failures = new ArrayList<>();
    for (InputChain chain : chains) {
      if (chain.verdict(Packet.ARBITRARY) == FirewallVerdict.MAY_DROP) {
        try {
          insert(chain.base());
          added++;
        } catch (IOException e) {
          failures.add(new AcceptRulesResult.Failure(chain.describe(), e));
        }
      }
    }
    return new AcceptRulesResult(added, failures);
  }

  private void insert(NftablesBaseChain chain) throws IOException {
    socket.commit(
        new NftablesBatch()
            .insertRule(
                chain.table(), chain.name(), AcceptRule.expressions(chain), AcceptRule.COMMENT));
  }

  /** Deletes the rule where it is. */
  int remove(List<InputChain> chains) throws IOException {
    int removed = 0;
    for (InputChain chain : chains) {
      for (NftablesRule rule : chain.ownRules()) {
        removed += delete(chain.base(), rule) ? 1 : 0;
      }
    }
    return removed;
  }

  private boolean delete(NftablesBaseChain chain, NftablesRule rule) throws IOException {
    try {
      socket.commit(new NftablesBatch().deleteRule(chain.table(), chain.name(), rule.handle()));
      return true;
    } catch (ErrnoException e) {
      if (e.errno() == ErrnoException.ENOENT) {
        return false; // Another program has deleted it meanwhile.
      }
      throw e;
    }
  }
}
