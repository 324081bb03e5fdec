package dev.ballast.dataplane.server.relay;

import io.netty.channel.epoll.Native;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Bytes on their way from one socket to another that no buffer of ours has held: splice(2) moves
 * their pages into a pipe, and out again. It has room for sixteen pieces of what the network
 * brought, whatever their size.
 */
final class Pipe {

  /** The most that is asked for at once, in bytes. */
  private static final int MOST = 1024 * 1024;

  private final FileDescriptor out;
  private final FileDescriptor in;
  private int held;

  private Pipe(FileDescriptor out, FileDescriptor in) {
    this.out = out;
    this.in = in;
  }

  /** Null when no descriptor is left. */
  static @Nullable Pipe open() {
    try {
      FileDescriptor[] ends = FileDescriptor.pipe();
      return new Pipe(ends[0], ends[1]);
    } catch (IOException e) {
      return null;
    }
  }

  boolean isEmpty() {
    return held == 0;
  }

  /** Moves in what is there. To an empty pipe, so that 0 means that nothing is, or the end. */
  int fill(Socket from) throws IOException {
    held = Native.splice(from.intValue(), -1, in.intValue(), -1, MOST);
    return held;
  }

  /** Moves on what there is room for; returns whether that was all. */
  boolean drain(Socket to) throws IOException {
    while (held > 0) {
      int moved = Native.splice(out.intValue(), -1, to.intValue(), -1, held);
      if (moved == 0) {
        return false;
      }
      held -= moved;
    }
    return true;
  }

  void close() {
    close(in);
    close(out);
  }

  private static void close(FileDescriptor end) {
    try {
      end.close();
    } catch (IOException e) {
      // close(2) frees the descriptor even when it reports an error.
    }
  }
}
