package dev.ballast.dataplane.server.heartbeat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.dataplane.core.failure.HeartbeatContent;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What each sender has said last, found by the bytes of its name, so that the same heartbeat again
 * allocates nothing. Not thread-safe.
 */
final class KnownSenders {

  /** More senders than a cluster has: some have left. All are forgotten then. */
  private static final int MAX_SENDERS = 4096;

  private static final int FIRST_SLOTS = 64;

  private @Nullable KnownSender[] slots = new @Nullable KnownSender[FIRST_SLOTS];
  private int count;

  /** A sender, and what it has said last. */
  static final class KnownSender {
    final String name;
    private final byte[] nameBytes;
    private final int hash;
    private byte[] said = {};
    private @Nullable HeartbeatContent content;

    private KnownSender(byte[] nameBytes, int hash) {
      this.name = new String(nameBytes, UTF_8);
      this.nameBytes = nameBytes;
      this.hash = hash;
    }

    /** What these bytes mean, if they are the same as those before. */
    @Nullable HeartbeatContent find(byte state, byte[] data, int from, int to) {
      boolean same =
          said.length == 1 + to - from
              && said[0] == state
              && Arrays.equals(said, 1, said.length, data, from, to);
      return same ? content : null;
    }

    void put(byte state, byte[] data, int from, int to, HeartbeatContent meaning) {
      said = new byte[1 + to - from];
      said[0] = state;
      System.arraycopy(data, from, said, 1, to - from);
      content = meaning;
    }
  }

  /** The sender with the name in these bytes. */
  KnownSender get(byte[] data, int from, int to) {
    int hash = hash(data, from, to);
    int slot = slot(hash);
    for (KnownSender known = slots[slot]; known != null; known = slots[slot]) {
      if (known.hash == hash
          && Arrays.equals(known.nameBytes, 0, known.nameBytes.length, data, from, to)) {
        return known;
      }
      slot = (slot + 1) % slots.length;
    }
    return add(new KnownSender(Arrays.copyOfRange(data, from, to), hash));
  }

  private KnownSender add(KnownSender sender) {
    count++;
    if (count > MAX_SENDERS) {
      slots = new @Nullable KnownSender[FIRST_SLOTS];
      count = 1;
    } else if (count > slots.length / 2) {
      @Nullable KnownSender[] before = slots;
      slots = new @Nullable KnownSender[before.length * 2];
      for (KnownSender each : before) {
        if (each != null) {
          place(each);
        }
      }
    }
    place(sender);
    return sender;
  }

  private void place(KnownSender sender) {
    int slot = slot(sender.hash);
    while (slots[slot] != null) {
      slot = (slot + 1) % slots.length;
    }
    slots[slot] = sender;
  }

  private int slot(int hash) {
    return Math.floorMod(hash ^ (hash >>> 16), slots.length);
  }

  private static int hash(byte[] data, int from, int to) {
    int hash = 1;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + data[i];
    }
    return hash;
  }
}
