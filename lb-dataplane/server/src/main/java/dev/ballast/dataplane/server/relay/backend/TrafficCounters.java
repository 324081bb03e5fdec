package dev.ballast.dataplane.server.relay.backend;

import dev.ballast.dataplane.core.admission.AdmissionResult;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** Counts the connections and bytes of one frontend. Any thread may add; scrapes read. */
public final class TrafficCounters {

  private final LongAdder accepted = new LongAdder();
  private final LongAdder ended = new LongAdder();
  private final LongAdder connectFailures = new LongAdder();
  private final LongAdder evicted = new LongAdder();
  private final LongAdder denied = new LongAdder();

  /** Complete from the start, so that threads only read it. */
  private final Map<AdmissionResult, LongAdder> rejected = new EnumMap<>(AdmissionResult.class);

  /** Of all reasons, so that a change of any of them costs one read. */
  private final LongAdder rejectedTotal = new LongAdder();

  private final LongAdder bytesToBackends = new LongAdder();
  private final LongAdder bytesToClients = new LongAdder();

  public TrafficCounters() {
    for (AdmissionResult why : AdmissionResult.values()) {
      rejected.put(why, new LongAdder());
    }
  }

  public void connectionAccepted() {
    accepted.increment();
  }

  public void connectionEnded() {
    ended.increment();
  }

  public void connectFailed() {
    connectFailures.increment();
  }

  /** The source ranges did not allow a connection or a datagram. */
  public void connectionDenied() {
    denied.increment();
  }

  /** A limit or a budget did not admit a connection or a flow. */
  public void connectionRejected(AdmissionResult why) {
    counter(why).increment();
    // Last: who sees the new total sees the reason, too.
    rejectedTotal.increment();
  }

  private LongAdder counter(AdmissionResult why) {
    return Objects.requireNonNull(rejected.get(why));
  }

  public long rejections(AdmissionResult why) {
    return counter(why).sum();
  }

  /** For whatever reason. */
  public long rejections() {
    return rejectedTotal.sum();
  }

  public LongAdder bytesToBackends() {
    return bytesToBackends;
  }

  public LongAdder bytesToClients() {
    return bytesToClients;
  }

  public long connections() {
    return accepted.sum();
  }

  public long active() {
    long over = ended.sum();
    return accepted.sum() - over;
  }

  /** A UDP flow was ended to make room for a new one. */
  public void flowEvicted() {
    evicted.increment();
  }

  public long evictions() {
    return evicted.sum();
  }

  public long denials() {
    return denied.sum();
  }

  public long connectFailures() {
    return connectFailures.sum();
  }
}
