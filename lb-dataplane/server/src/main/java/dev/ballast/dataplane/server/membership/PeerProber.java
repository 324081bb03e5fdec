package dev.ballast.dataplane.server.membership;

import dev.ballast.dataplane.server.membership.Members.Peer;
import dev.ballast.logging.LogKeys;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the nodes that the node controller calls lost. Where it was itself cut off from the API
 * server, as in an outage of that, it has missed that their kubelets renewed their Leases, and
 * calls all Pods of nodes unready that are well; addresses that moved on that word would take
 * connections with them for nothing. A node that answers remains a member; one that does not,
 * several times in a row, is lost.
 *
 * <p>Of itself, a node believes the controller: then it serves on what it serves, until another one
 * says that it does ({@code AddressHandover}), and it is up to the others whether one will.
 */
public final class PeerProber {

  private static final Logger log = LoggerFactory.getLogger(PeerProber.class);

  static final Duration PERIOD = Duration.ofMillis(500);
  static final int SILENCES = 3;

  private final String self;
  private final Function<URI, CompletionStage<Boolean>> question;
  private final ScheduledExecutorService threads;
  private final Runnable changed;
  private final Map<String, ProbedPeer> probedPeer = new ConcurrentHashMap<>();

  private record ProbedPeer(URI readiness, AtomicInteger silences) {

    boolean isLost() {
      return silences.get() >= SILENCES;
    }
  }

  /**
   * @param question whether what is there says that it is ready; no failure, but false where nobody
   *     answers
   * @param changed called when a node was found lost, or found again
   */
  public PeerProber(
      String self,
      Function<URI, CompletionStage<Boolean>> question,
      ScheduledExecutorService threads,
      Runnable changed) {
    this.self = self;
    this.question = question;
    this.threads = threads;
    this.changed = changed;
  }

  /** The peers, those ready too that are called lost but were not found so. Never blocks. */
  public List<Peer> judged(Collection<Peer> peers) {
    List<Peer> judged = new ArrayList<>();
    Set<String> calledLost = new HashSet<>();
    for (Peer peer : peers) {
      if (peer.calledLost().isEmpty() || peer.terminating() || peer.node().equals(self)) {
        judged.add(peer);
        continue;
      }
      calledLost.add(peer.node());
      ProbedPeer state = asked(peer.node(), peer.calledLost().orElseThrow());
      judged.add(new Peer(peer.node(), !state.isLost(), false));
    }
    probedPeer.keySet().retainAll(calledLost);
    return judged;
  }

  private ProbedPeer asked(String node, URI readiness) {
    var first = new ProbedPeer(readiness, new AtomicInteger());
    ProbedPeer before = probedPeer.putIfAbsent(node, first);
    if (before != null) {
      return before;
    }
    log.atInfo()
        .addKeyValue(LogKeys.NODE, node)
        .log("a node is called lost by the node controller alone; asking it at {}", readiness);
    threads.execute(() -> ask(node, first));
    return first;
  }

  private void ask(String node, ProbedPeer state) {
    if (state.equals(probedPeer.get(node))) {
      var unused = question.apply(state.readiness()).thenAccept(ready -> heard(node, state, ready));
    }
  }

  private void heard(String node, ProbedPeer state, boolean ready) {
    boolean before = state.isLost();
    if (ready) {
      state.silences().set(0);
    } else {
      state.silences().incrementAndGet();
    }
    if (state.isLost() != before) {
      log.atInfo()
          .addKeyValue(LogKeys.NODE, node)
          .log(before ? "the node answers again" : "the node does not answer: it is lost");
      changed.run();
    }
    var unused = threads.schedule(() -> ask(node, state), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
  }
}
