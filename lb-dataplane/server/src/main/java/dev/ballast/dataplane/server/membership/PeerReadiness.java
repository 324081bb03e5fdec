package dev.ballast.dataplane.server.membership;

import dev.ballast.dataplane.server.membership.Members.Peer;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The readiness of peers as membership uses it: peers that only the node controller marks unready
 * are probed, and short times of unreadiness are debounced.
 */
public final class PeerReadiness implements AutoCloseable {

  private final ScheduledExecutorService threads;
  private final Runnable onChange;
  private final ReadinessHttpClient client = new ReadinessHttpClient();
  private final PeerProber prober;
  private final ReadinessDebouncer debouncer = new ReadinessDebouncer();
  private final AtomicBoolean wakeUpScheduled = new AtomicBoolean();

  /**
   * Starts without probes.
   *
   * @param self the name of this node, which is not probed
   * @param onChange called when {@link #assess} may return another result than before
   */
  public PeerReadiness(String self, ScheduledExecutorService threads, Runnable onChange) {
    this.threads = threads;
    this.onChange = onChange;
    this.prober = new PeerProber(self, client, threads, onChange);
  }

  /** Returns the peers with the readiness that counts. Never blocks. */
  public List<Peer> assess(Collection<Peer> peers) {
    List<Peer> debounced = debouncer.debounce(prober.withProbeResults(peers), System.nanoTime());
    if (debouncer.isPending() && !wakeUpScheduled.getAndSet(true)) {
      var unused =
          threads.schedule(
              this::wakeUp, ReadinessDebouncer.GRACE_PERIOD.toMillis() + 1, TimeUnit.MILLISECONDS);
    }
    return debounced;
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
