package dev.ballast.dataplane.server.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One of the two sockets of a session. Registered once and edge-triggered, so that waiting for
 * something else costs no system call; in return it must remember what it was told.
 */
final class EpollPeer implements EpollIoHandle {

  private static final EpollIoOps ARRIVALS =
      EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLRDHUP).with(EpollIoOps.EPOLLET);

  private static final EpollIoOps EVERYTHING = ARRIVALS.with(EpollIoOps.EPOLLOUT);

  /** Turns in a row that bring little before a pipe is given up. */
  private static final int THIN_TURNS = 8;

  /** Events after which a socket is worth a system call to be told less. */
  private static final int LONG_LIVED = 3;

  private static final EpollIoOps IN_AND_OUT = EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLOUT);

  private final EpollSession session;
  private final LinuxSocket socket;
  private @Nullable IoRegistration registration;

  /** Bytes that the socket did not take; nothing more is read for it until it has. */
  private @Nullable ByteBuf unsent;

  /** Stands between this socket and what is read for it, while that is much. */
  private @Nullable Pipe pipe;

  /** Reads in a row that brought much; or, with a pipe for them, turns that brought little. */
  private int streak;

  /** Events that told of room which nobody had waited for; negative: no more of them come. */
  private int needless;

  private boolean readable;

  /** FIN is in the socket: after the last byte an edge will not tell of it again. */
  private boolean endSeen;

  private boolean ended;
  private boolean finished;

  EpollPeer(EpollSession session, LinuxSocket socket) {
    this.session = session;
    this.socket = socket;
  }

  LinuxSocket socket() {
    return socket;
  }

  /** Begins to get events. To be called on the session's loop. */
  void register(IoEventLoop loop) throws IOException {
    var registering = loop.register(this);
    if (!registering.isSuccess()) {
      throw new IOException("the event loop takes no more sockets", registering.cause());
    }
    registration = registering.getNow();
    registration.submit(EVERYTHING);
  }

  @Override
  public FileDescriptor fd() {
    return socket;
  }

  @Override
  public void handle(IoRegistration registered, IoEvent event) {
    EpollIoOps ops = ((EpollIoEvent) event).ops();
    if (ops.contains(EpollIoOps.EPOLLIN)) {
      readable = true;
    }
    if (ops.contains(EpollIoOps.EPOLLRDHUP)) {
      readable = true;
      endSeen = true;
    }
    if (needless >= 0 && !hasUnsent() && ops.contains(IN_AND_OUT) && ++needless == LONG_LIVED) {
      // Netty makes an object for each event that tells of two things, and none for one.
      needless = -1;
      registered.submit(ARRIVALS);
    }
    session.ready(this, ops.contains(EpollIoOps.EPOLLERR));
  }

  boolean isReadable() {
    return readable && !ended;
  }

  /** FIN came in, after all that was read. */
  boolean hasEnded() {
    return ended;
  }

  /** FIN went out, after all that was written. */
  boolean hasFinished() {
    return finished;
  }

  /** FIN or RST came in, maybe before all was read. */
  boolean hasEndSeen() {
    return endSeen;
  }

  /** Read empty, written out, and no end in sight. */
  boolean isQuiet() {
    return !readable && !endSeen && !hasUnsent();
  }

  /** Look again, whether an event has come or not. */
  void lookAgain() {
    readable = true;
  }

  void nothingToRead() {
    readable = false;
  }

  /**
   * Whether events are to come for room to send. Without them, the socket wakes nobody while the
   * kernel moves its bytes.
   */
  void tellOfRoom(boolean wanted) {
    if (wanted) {
      askForRoom();
    } else if (needless >= 0 && registration != null) {
      needless = -1;
      registration.submit(ARRIVALS);
    }
  }

  /** The end that was read is not the end: something is still to come before it. */
  void endLater() {
    ended = false;
  }

  /** Reads into {@code buffer} from its start; 0 when nothing is there now, or will ever be. */
  int read(ByteBuffer buffer) throws IOException {
    int read = socket.recv(buffer, 0, buffer.capacity());
    if (read < 0) {
      ended = true;
      return 0;
    }
    streak = read >= splicing().bytes() ? streak + 1 : 0;
    if (read == 0 || (read < buffer.capacity() && !endSeen)) {
      readable = false; // the next byte brings an edge
    }
    return read;
  }

  /**
   * Moves what is there to where {@code to} takes it from, as {@link #read} and {@link #write} do.
   */
  int splice(EpollPeer to) throws IOException {
    int moved = to.pipe == null ? 0 : to.pipe.fill(socket);
    if (moved == 0) {
      // The kernel says the same of an end and of a pause. But of an end it has told, or will.
      ended = endSeen;
      readable = false;
    } else {
      to.flush();
    }
    return moved;
  }

  boolean hasPipe() {
    return pipe != null;
  }

  /** After a read for {@code to}: takes a pipe between them if there is much to move. */
  void widen(EpollPeer to) {
    if (streak >= splicing().afterReads() && to.unsent == null) {
      to.pipe = session.lane().pipes().open();
      streak = 0;
    }
  }

  /** After {@code moved} bytes: gives the pipe up if all that was there was little, often. */
  void narrow(EpollPeer to, int moved) {
    if (moved == 0 || readable || to.pipe == null) {
      return;
    }
    streak = moved < splicing().bytes() ? streak + 1 : 0;
    if (streak >= THIN_TURNS) {
      to.releaseEmptyPipe();
      streak = 0;
    }
  }

  /** Leaves the pipe to others, unless bytes are in it. */
  void releaseEmptyPipe() {
    if (pipe != null && pipe.isEmpty()) {
      releasePipe();
    }
  }

  /** Writes the first {@code length} bytes of {@code buffer}, or keeps what does not go out. */
  void write(ByteBuffer buffer, int length) throws IOException {
    int sent = 0;
    while (sent < length) {
      int now = socket.send(buffer, sent, length);
      if (now == 0) {
        keep(buffer, sent, length);
        return;
      }
      sent += now;
    }
  }

  private void askForRoom() {
    if (needless < 0 && registration != null) {
      needless = 0;
      registration.submit(EVERYTHING); // room that came just now is told of too
    }
  }

  /** Keeps what is to be written later; {@link #flush()} must have written all before. */
  void keep(ByteBuffer buffer, int from, int to) {
    unsent = PooledByteBufAllocator.DEFAULT.directBuffer(to - from);
    unsent.writeBytes(buffer.slice(from, to - from));
    askForRoom();
  }

  boolean hasUnsent() {
    return unsent != null || (pipe != null && !pipe.isEmpty());
  }

  /** Writes what was kept; returns whether there is room for more. */
  boolean flush() throws IOException {
    if (pipe != null && !pipe.drain(socket)) {
      askForRoom();
      return false;
    }
    if (unsent == null) {
      return true;
    }
    while (unsent.isReadable()) {
      ByteBuffer bytes = unsent.internalNioBuffer(unsent.readerIndex(), unsent.readableBytes());
      int now = socket.send(bytes, bytes.position(), bytes.limit());
      if (now == 0) {
        return false;
      }
      unsent.skipBytes(now);
    }
    releaseUnsent();
    return true;
  }

  /** Sends FIN; {@code closing}: does not, since {@link #close()} comes next and does it too. */
  void finish(boolean closing) throws IOException {
    finished = true;
    if (!closing) {
      socket.shutdown(false, true);
    }
  }

  /** Whether the peer has sent RST, or the network has given up. Clears the error. */
  boolean hasFailed() throws IOException {
    return socket.getSoError() != 0;
  }

  void reset() {
    try {
      if (socket.isOpen()) {
        socket.setSoLinger(0);
      }
    } catch (IOException e) {
      // Not connected any more: there is nobody to tell.
    }
    close();
  }

  @Override
  public void close() {
    releaseUnsent();
    releasePipe();
    try {
      socket.close();
    } catch (IOException e) {
      // close(2) frees the descriptor even when it reports an error.
    }
    // After close, which has taken the socket out of epoll by itself.
    if (registration != null) {
      registration.cancel();
      registration = null;
    }
  }

  private Splicing splicing() {
    return session.lane().pipes().splicing();
  }

  private void releasePipe() {
    if (pipe != null) {
      session.lane().pipes().close(pipe);
      pipe = null;
    }
  }

  private void releaseUnsent() {
    if (unsent != null) {
      unsent.release();
      unsent = null;
    }
  }
}
