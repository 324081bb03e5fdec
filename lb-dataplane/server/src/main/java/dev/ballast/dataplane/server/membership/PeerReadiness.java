package dev.ballast.dataplane.server.membership;

import dev.ballast.dataplane.server.heartbeat.NodeLiveness;
import dev.ballast.dataplane.server.membership.Members.Peer;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * The readiness of peers as membership uses it. Heartbeats count before all else. Without
 * heartbeats, peers that only the node controller marks unready are probed, and short times of
 * unreadiness are debounced.
 */
public final class PeerReadiness implements AutoCloseable {

  private final ScheduledExecutorService threads;
  private final Runnable onChange;
  private final Supplier<NodeLiveness> heartbeats;
  private final ReadinessHttpClient client = new ReadinessHttpClient();
  private final PeerProber prober;
  private final ReadinessDebouncer debouncer = new ReadinessDebouncer();
  private final AtomicBoolean wakeUpScheduled = new AtomicBoolean();

  /**
   * Starts without probes.
   *
   * @param self the name of this node, which is not probed
   * @param heartbeats what the heartbeats of other nodes show
   * @param onChange called when {@link #assess} may return another result than before
   */
  public PeerReadiness(
      String self,
      Supplier<NodeLiveness> heartbeats,
      ScheduledExecutorService threads,
      Runnable onChange) {
    this.heartbeats = heartbeats;
    this.threads = threads;
    this.onChange = onChange;
    this.prober = new PeerProber(self, client, threads, onChange);
  }

  /** Returns the peers with the readiness that counts. Never blocks. */
  public List<Peer> assess(Collection<Peer> peers) {
    NodeLiveness liveness = heartbeats.get();
    List<Peer> heard = peers.stream().map(peer -> withHeartbeat(peer, liveness)).toList();
    List<Peer> debounced = debouncer.debounce(prober.withProbeResults(heard), System.nanoTime());
    if (debouncer.isPending() && !wakeUpScheduled.getAndSet(true)) {
      var unused =
          threads.schedule(
              this::wakeUp, ReadinessDebouncer.GRACE_PERIOD.toMillis() + 1, TimeUnit.MILLISECONDS);
    }
    return debounced.stream().map(peer -> withFailure(peer, liveness)).toList();
  }

  /** The node controller cannot know that a node is lost which this node hears. */
  private static Peer withHeartbeat(Peer peer, NodeLiveness liveness) {
    return peer.probeUrl().isPresent() && liveness.eligible().contains(peer.node())
        ? peer.withReady(true)
        : peer;
  }

  private static Peer withFailure(Peer peer, NodeLiveness liveness) {
    return liveness.dead().contains(peer.node()) || liveness.ineligible().contains(peer.node())
        ? peer.withReady(false)
        : peer;
  }

  private void wakeUp() {
    wakeUpScheduled.set(false);
    onChange.run();
  }

  @Override
  public void close() {
    client.close();
  }
}
