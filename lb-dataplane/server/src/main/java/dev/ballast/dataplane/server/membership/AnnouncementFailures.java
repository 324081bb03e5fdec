package dev.ballast.dataplane.server.membership;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * The addresses that this node has failed to announce for some seconds, for a reason of its own.
 * Another node should own them. This node tries again after some minutes, or when no other node can
 * announce them either. One thread uses it.
 */
public final class AnnouncementFailures {

  /** An interface that comes back, or a program that changes routes, takes no longer. */
  public static final Duration PATIENCE = Duration.ofSeconds(5);

  /** Two nodes that both fail do not hand an address to each other more often. */
  public static final Duration RETENTION = Duration.ofMinutes(5);

  private final LongSupplier nanoTime;
  private final Map<InetAddress, AnnouncementFailure> failures = new HashMap<>();
  private Set<InetAddress> known = Set.of();

  private record AnnouncementFailure(String message, long since, long last) {}

  /**
   * @param nanoTime as {@link System#nanoTime}
   */
  public AnnouncementFailures(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * This node cannot announce the address.
   *
   * @param message for a person: what happened, why, what to do
   */
  public void failed(InetAddress address, String message) {
    long now = nanoTime.getAsLong();
    failures.merge(
        address,
        new AnnouncementFailure(message, now, now),
        (before, next) -> new AnnouncementFailure(next.message(), before.since(), next.last()));
  }

  /** This node announces the address. */
  public void succeeded(InetAddress address) {
    failures.remove(address);
  }

  /** Whether another node should own the address. */
  public boolean isUnable(InetAddress address) {
    return message(address).isPresent();
  }

  /** Why this node cannot announce the address; empty if it can, or has just begun to fail. */
  public Optional<String> message(InetAddress address) {
    long now = nanoTime.getAsLong();
    return Optional.ofNullable(failures.get(address))
        .filter(failure -> now - failure.last() < RETENTION.toNanos())
        .filter(failure -> failure.last() - failure.since() >= PATIENCE.toNanos())
        .map(AnnouncementFailure::message);
  }

  /** Whether other addresses are among these than when this was last called. */
  public boolean haveChanged() {
    long now = nanoTime.getAsLong();
    failures.values().removeIf(failure -> now - failure.last() >= RETENTION.toNanos());
    Set<InetAddress> unable = new HashSet<>(failures.keySet());
    unable.removeIf(address -> !isUnable(address));
    boolean changed = !unable.equals(known);
    known = Set.copyOf(unable);
    return changed;
  }
}
