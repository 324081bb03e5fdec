package dev.ballast.dataplane.server.relay.session;

import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of a worker, by the time at which each may be idle for too long (a timing wheel,
 * Varghese and Lauck 1987). A tick looks only at the sessions of its slot, and traffic does not
 * move a session: a session that turns out to be active is put into a later slot.
 */
final class IdleTimers {

  /** One slot a tick; a longer timeout is looked at once a round. */
  static final int SLOTS = 128;

  private final @Nullable RelaySession[] slots = new RelaySession[SLOTS];
  private int current;
  private int size;

  boolean isEmpty() {
    return size == 0;
  }

  /** Adds a session that is not idle for too long within this number of ticks. */
  void add(RelaySession session, long ticks) {
    int slot = (current + Math.clamp(ticks, 1, SLOTS - 1)) % SLOTS;
    session.slot = slot;
    session.previous = null;
    session.next = slots[slot];
    if (session.next != null) {
      session.next.previous = session;
    }
    slots[slot] = session;
    size++;
  }

  void remove(RelaySession session) {
    if (session.previous != null) {
      session.previous.next = session.next;
    } else {
      slots[session.slot] = session.next;
    }
    if (session.next != null) {
      session.next.previous = session.previous;
    }
    session.previous = null;
    session.next = null;
    size--;
  }

  /** One tick has passed: looks at the sessions of the next slot. */
  void advance() {
    current = (current + 1) % SLOTS;
    lookFrom(slots[current]);
  }

  /** Looks at each session, as when the idle timeout has become shorter. */
  void lookAtAll() {
    for (RelaySession first : slots) {
      lookFrom(first);
    }
  }

  private void lookFrom(@Nullable RelaySession first) {
    RelaySession session = first;
    while (session != null) {
      RelaySession next = session.next;
      look(session);
      session = next;
    }
  }

  private void look(RelaySession session) {
    if (session.isIdle()) {
      session.reset();
    } else {
      remove(session);
      add(session, session.ticksToIdle());
    }
  }

  /** Resets the sessions that match {@code which}. */
  void reset(Predicate<RelaySession> which) {
    forEach(
        session -> {
          if (which.test(session)) {
            session.reset();
          }
        });
  }

  /** Calls {@code consumer} with each session, which it may remove. */
  void forEach(Consumer<RelaySession> consumer) {
    for (RelaySession first : slots) {
      RelaySession session = first;
      while (session != null) {
        RelaySession next = session.next;
        consumer.accept(session);
        session = next;
      }
    }
  }
}
