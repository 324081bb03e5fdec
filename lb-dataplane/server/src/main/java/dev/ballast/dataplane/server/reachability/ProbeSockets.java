package dev.ballast.dataplane.server.reachability;

import dev.ballast.dataplane.server.reachability.packet.ProbeAnswer;
import dev.ballast.dataplane.server.socket.ErrnoException;
import dev.ballast.dataplane.server.socket.FrameReceiver;
import dev.ballast.dataplane.server.socket.PacketSocket;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One socket and one receiving thread for each interface, opened with the first frame. Not
 * thread-safe, except for the count.
 */
final class ProbeSockets implements AutoCloseable {

  private final AnswerListener listener;
  private final Map<Integer, OpenSocket> open = new HashMap<>();
  private final AtomicLong receivedFrames = new AtomicLong();

  /** Both methods are called on the thread of a receiver. */
  interface AnswerListener {

    /** A frame answers a check. */
    void received(ProbeAnswer answer);

    /** A socket has failed, for example because its interface is down. */
    void failed(int interfaceIndex, PacketSocket socket, IOException cause);
  }

  private record OpenSocket(PacketSocket socket, FrameReceiver receiver) {}

  ProbeSockets(AnswerListener listener) {
    this.listener = listener;
  }

  /** Sends a frame, once its answer can be received. It may get lost. */
  void send(byte[] frame, int interfaceIndex) throws IOException {
    OpenSocket socket = open.get(interfaceIndex);
    if (socket == null) {
      socket = start(interfaceIndex);
      open.put(interfaceIndex, socket);
    }
    try {
      socket.socket.send(frame, interfaceIndex);
    } catch (ErrnoException e) {
      // The queue of the interface is full: a lost frame.
      if (e.errno() != ErrnoException.ENOBUFS) {
        throw e;
      }
    }
  }

  private OpenSocket start(int interfaceIndex) throws IOException {
    PacketSocket socket = PacketSocket.receiving(interfaceIndex, ProbeAnswer.filter());
    return new OpenSocket(
        socket,
        FrameReceiver.start(
            "reachability-" + interfaceIndex,
            socket,
            (frame, _) -> {
              receivedFrames.incrementAndGet();
              ProbeAnswer.parse(frame).ifPresent(listener::received);
            },
            e -> listener.failed(interfaceIndex, socket, e)));
  }

  /** Hands over what the kernel has received by now. */
  void receiveWaiting(int interfaceIndex) {
    OpenSocket socket = open.get(interfaceIndex);
    if (socket != null) {
      socket.receiver.receiveWaiting();
    }
  }

  /** Closes a socket that has failed; false when it was closed before. */
  boolean closeFailed(int interfaceIndex, PacketSocket failed) {
    OpenSocket socket = open.get(interfaceIndex);
    if (socket == null || socket.socket != failed) {
      return false;
    }
    open.remove(interfaceIndex);
    socket.receiver.close();
    return true;
  }

  /** How many frames have woken a receiver. Thread-safe. */
  long receivedFrames() {
    return receivedFrames.get();
  }

  /** The threads end by themselves, and close the sockets. */
  @Override
  public void close() {
    open.values().forEach(socket -> socket.receiver.close());
    open.clear();
  }
}
