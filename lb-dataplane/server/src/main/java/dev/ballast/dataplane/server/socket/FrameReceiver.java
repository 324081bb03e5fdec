package dev.ballast.dataplane.server.socket;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The receive loop of a {@link PacketSocket}, on a thread of its own. It goes on when receiving or
 * handling a frame fails. Owns the socket.
 */
public final class FrameReceiver implements AutoCloseable {

  /** So that an interface that is down does not make the loop spin. */
  private static final long PAUSE_MILLIS = 100;

  private final PacketSocket socket;
  private final PacketSocket.FrameHandler frameHandler;
  private final Consumer<IOException> onFailure;
  private volatile boolean closed;

  private FrameReceiver(
      PacketSocket socket,
      PacketSocket.FrameHandler frameHandler,
      Consumer<IOException> onFailure) {
    this.socket = socket;
    this.frameHandler = frameHandler;
    this.onFailure = onFailure;
  }

  /**
   * Starts the thread.
   *
   * @param threadName of the thread that calls both {@code frameHandler} and {@code onFailure}
   * @param onFailure gets what receiving or handling a frame has failed with
   */
  public static FrameReceiver start(
      String threadName,
      PacketSocket socket,
      PacketSocket.FrameHandler frameHandler,
      Consumer<IOException> onFailure) {
    var receiver = new FrameReceiver(socket, frameHandler, onFailure);
    Thread.ofPlatform().daemon().name(threadName).start(receiver::run);
    return receiver;
  }

  private void run() {
    while (!closed) {
      try {
        socket.receive(frameHandler);
      } catch (ErrnoException e) {
        if (!e.isRetryable()) {
          pauseAfter(e);
        }
      } catch (IOException e) {
        pauseAfter(e);
      }
    }
    socket.close();
  }

  private void pauseAfter(IOException e) {
    onFailure.accept(e);
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
  }

  /**
   * The thread may be waiting for a frame; it closes the socket within {@link RawSocket#TIMEOUT}.
   */
  @Override
  public void close() {
    closed = true;
  }
}
