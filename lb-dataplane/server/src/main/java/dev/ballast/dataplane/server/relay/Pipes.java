package dev.ballast.dataplane.server.relay;

import org.jspecify.annotations.Nullable;

/**
 * The pipes of a lane. They are few, since each has two descriptors and may hold half a megabyte of
 * the kernel's for a reader that stands still; who gets none copies as before. None is kept for
 * later: making one costs as much as copying some twenty kilobytes, and it comes after many more.
 */
final class Pipes {

  private final Splicing splicing;
  private int open;

  Pipes(Splicing splicing) {
    this.splicing = splicing;
  }

  Splicing splicing() {
    return splicing;
  }

  /** Null when there are enough, or no descriptor is left. */
  @Nullable Pipe open() {
    if (open >= splicing.pipes()) {
      return null;
    }
    Pipe pipe = Pipe.open();
    if (pipe != null) {
      open++;
    }
    return pipe;
  }

  void close(Pipe pipe) {
    pipe.close();
    open--;
  }
}
