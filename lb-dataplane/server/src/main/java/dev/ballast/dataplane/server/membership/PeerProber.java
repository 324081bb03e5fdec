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
 * Probes the readiness of nodes that the node controller marks unready. After an outage of the API
 * server, the node controller has missed the Lease renewals of kubelets, and marks the Pods of
 * healthy nodes unready. Moving their addresses would reset connections without need. A node that
 * responds remains a member. A node that fails several probes in a row is lost.
 *
 * <p>A node does not probe itself. It serves on until another node claims its addresses, and the
 * others decide whether one does.
 */
final class PeerProber {

  private static final Logger log = LoggerFactory.getLogger(PeerProber.class);

  static final Duration PERIOD = Duration.ofMillis(500);
  static final int FAILURE_THRESHOLD = 3;

  private final String self;
  private final Function<URI, CompletionStage<Boolean>> readinessCheck;
  private final ScheduledExecutorService threads;
  private final Runnable onChange;
  private final Map<String, ProbedPeer> probedPeers = new ConcurrentHashMap<>();

  private record ProbedPeer(URI url, AtomicInteger failures) {

    boolean isLost() {
      return failures.get() >= FAILURE_THRESHOLD;
    }
  }

  /**
   * @param readinessCheck returns whether the URL responds that it is ready; false without an
   *     answer, and no failure
   * @param onChange called when a node is found lost, or responds again
   */
  PeerProber(
      String self,
      Function<URI, CompletionStage<Boolean>> readinessCheck,
      ScheduledExecutorService threads,
      Runnable onChange) {
    this.self = self;
    this.readinessCheck = readinessCheck;
    this.threads = threads;
    this.onChange = onChange;
  }

  /** The peers. One that is marked unready but not found lost counts as ready. Never blocks. */
  List<Peer> withProbeResults(Collection<Peer> peers) {
    List<Peer> result = new ArrayList<>();
    Set<String> probed = new HashSet<>();
    for (Peer peer : peers) {
      if (peer.probeUrl().isEmpty() || peer.terminating() || peer.node().equals(self)) {
        result.add(peer);
        continue;
      }
      probed.add(peer.node());
      ProbedPeer state = probeOf(peer.node(), peer.probeUrl().orElseThrow());
      result.add(peer.withReady(!state.isLost()));
    }
    probedPeers.keySet().retainAll(probed);
    return result;
  }

  private ProbedPeer probeOf(String node, URI readiness) {
    var first = new ProbedPeer(readiness, new AtomicInteger());
    ProbedPeer before = probedPeers.putIfAbsent(node, first);
    if (before != null) {
      return before;
    }
    log.atInfo()
        .addKeyValue(LogKeys.NODE, node)
        .log("Node controller marked a node unready, probing it at {}", readiness);
    threads.execute(() -> probe(node, first));
    return first;
  }

  private void probe(String node, ProbedPeer state) {
    if (state.equals(probedPeers.get(node))) {
      var unused =
          readinessCheck.apply(state.url()).thenAccept(ready -> onResult(node, state, ready));
    }
  }

  private void onResult(String node, ProbedPeer state, boolean ready) {
    boolean before = state.isLost();
    if (ready) {
      state.failures().set(0);
    } else {
      state.failures().incrementAndGet();
    }
    if (state.isLost() != before) {
      log.atInfo()
          .addKeyValue(LogKeys.NODE, node)
          .log(before ? "Node responds again" : "Node does not respond, treating it as lost");
      onChange.run();
    }
    var unused =
        threads.schedule(() -> probe(node, state), PERIOD.toMillis(), TimeUnit.MILLISECONDS);
  }
}
