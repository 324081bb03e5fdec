package dev.ballast.dataplane.server.socket;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
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

  /**
   * Held from the receiving of a frame to the end of its handling, and by the end of the socket.
   */
  private final Lock handling = new ReentrantLock();

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
   * @param frameHandler is called for one frame at a time, also by {@link #receiveWaiting}
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
        socket.awaitFrame();
        receiveNext();
      } catch (ErrnoException e) {
        if (!e.isRetryable()) {
          pauseAfter(e);
        }
      } catch (IOException e) {
        pauseAfter(e);
      }
    }
    handling.lock();
    try {
      socket.close();
    } finally {
      handling.unlock();
    }
  }

  private void receiveNext() throws IOException {
    handling.lock();
    try {
      if (!closed) {
        socket.receiveNow(frameHandler);
      }
    } finally {
      handling.unlock();
    }
  }

  /**
   * Handles the frames that the kernel has received by now, on the calling thread. A decision by
   * time needs it: on a busy node, the thread of the receiver may get its turn too late.
   */
  public void receiveWaiting() {
    try {
      while (!closed) {
        receiveNext();
      }
    } catch (IOException e) {
      // EAGAIN: no frame is left. The thread of the receiver reports any other failure.
    }
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
