package dev.ballast.dataplane.server.relay.tcp;

import dev.ballast.dataplane.core.admission.AdmissionResult;
import dev.ballast.dataplane.server.relay.session.EdgeTriggeredSockets;
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
 * One of the two sockets of a TCP session. It is registered once and edge-triggered, so that a
 * change of interest needs no system call. In return, it must remember which events have come.
 */
final class EpollSocket implements EpollIoHandle {

  private static final EpollIoOps READ_EVENTS =
      EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLRDHUP).with(EpollIoOps.EPOLLET);

  private static final EpollIoOps ALL_EVENTS = READ_EVENTS.with(EpollIoOps.EPOLLOUT);

  /** After so many unused events, a system call to get fewer of them pays off. */
  private static final int MAX_UNUSED_WRITABLE_EVENTS = 3;

  private static final EpollIoOps READABLE_AND_WRITABLE =
      EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLOUT);

  private final EpollSession session;
  private final LinuxSocket socket;
  private @Nullable IoRegistration registration;

  /** Bytes that the socket did not accept yet; nothing more is read for it meanwhile. */
  private @Nullable ByteBuf unsent;

  /** The size of {@link #unsent} when it was kept. */
  private int kept;

  /** Writable events while nothing waited to be sent; negative: the socket gets no more of them. */
  private int unusedWritableEvents;

  private boolean readable;

  /** FIN has arrived: no further event reports it after the last byte. */
  private boolean finReceived;

  private boolean inputClosed;
  private boolean outputClosed;

  EpollSocket(EpollSession session, LinuxSocket socket) {
    this.session = session;
    this.socket = socket;
  }

  LinuxSocket socket() {
    return socket;
  }

  /** Registers for events. To be called on the session's loop. */
  void register(IoEventLoop loop) throws IOException {
    registration = EdgeTriggeredSockets.register(loop, this, ALL_EVENTS);
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
      finReceived = true;
    }
    if (unusedWritableEvents >= 0
        && unsent == null
        && ops.contains(READABLE_AND_WRITABLE)
        && ++unusedWritableEvents == MAX_UNUSED_WRITABLE_EVENTS) {
      // Netty allocates an object for each event with two flags, and none for one flag.
      unusedWritableEvents = -1;
      registered.submit(READ_EVENTS);
    }
    session.onEvent(this, ops.contains(EpollIoOps.EPOLLERR));
  }

  boolean isReadable() {
    return readable && !inputClosed;
  }

  /** FIN was read, after all data. */
  boolean isInputClosed() {
    return inputClosed;
  }

  /** FIN was sent, after all data. */
  boolean isOutputClosed() {
    return outputClosed;
  }

  /**
   * Reads into {@code buffer} from its start; returns 0 when there is no data now, or at the end.
   */
  int read(ByteBuffer buffer, int limit) throws IOException {
    int most = session.worker().unsentBytes().maxRead(Math.min(limit, buffer.capacity()));
    int read = socket.recv(buffer, 0, most);
    if (read < 0) {
      inputClosed = true;
      return 0;
    }
    if (read == 0 || (read < most && !finReceived)) {
      readable = false; // the next byte brings an event
    }
    return read;
  }

  /**
   * Sends the first {@code length} bytes of {@code buffer}; keeps what the socket does not accept.
   * Fails when there is no memory to keep it.
   */
  void write(ByteBuffer buffer, int length) throws IOException {
    int sent = 0;
    while (sent < length) {
      int now = socket.send(buffer, sent, length);
      if (now == 0) {
        keep(buffer.slice(sent, length - sent));
        requestWritable();
        return;
      }
      sent += now;
    }
  }

  private void keep(ByteBuffer bytes) throws IOException {
    if (!session.worker().unsentBytes().tryAdd(bytes.remaining())) {
      session.traffic().connectionRejected(AdmissionResult.NODE_BUDGET);
      throw new IOException("no memory left for a slow reader");
    }
    kept = bytes.remaining();
    unsent = PooledByteBufAllocator.DEFAULT.directBuffer(kept);
    unsent.writeBytes(bytes);
  }

  private void requestWritable() {
    if (unusedWritableEvents < 0 && registration != null) {
      unusedWritableEvents = 0;
      registration.submit(ALL_EVENTS); // also reports that the socket is writable by now
    }
  }

  /** Sends what was kept; returns whether all of it is sent. */
  boolean flush() throws IOException {
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

  /** Sends FIN; with {@code closing}, leaves that to {@link #close()}, which comes next. */
  void shutdownOutput(boolean closing) throws IOException {
    outputClosed = true;
    if (!closing) {
      socket.shutdown(false, true);
    }
  }

  /** Whether the peer has sent RST, or the connection has timed out. Clears the error. */
  boolean hasFailed() throws IOException {
    return socket.getSoError() != 0;
  }

  void reset() {
    try {
      if (socket.isOpen()) {
        socket.setSoLinger(0);
      }
    } catch (IOException e) {
      // Not connected any more: no peer gets the RST.
    }
    close();
  }

  @Override
  public void close() {
    releaseUnsent();
    EdgeTriggeredSockets.close(socket, registration);
    registration = null;
  }

  private void releaseUnsent() {
    if (unsent != null) {
      unsent.release();
      unsent = null;
      session.worker().unsentBytes().remove(kept);
    }
  }
}
