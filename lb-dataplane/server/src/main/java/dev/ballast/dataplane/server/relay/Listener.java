package dev.ballast.dataplane.server.relay;

import static java.util.concurrent.CompletableFuture.completedFuture;

import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.RelayEngine;
import dev.ballast.dataplane.server.relay.session.RelayEngine.Acceptor;
import dev.ballast.dataplane.server.relay.session.Worker;
import dev.ballast.dataplane.server.relay.udp.UdpListener;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The listener of one binding: one listening socket for each worker. The kernel distributes
 * connections among the sockets, and one event loop accepts and relays a connection. Runs on the
 * control loop.
 */
final class Listener {

  /** The desired state of a listener. */
  enum DesiredListenerState {
    /** Accept connections. */
    OPEN,
    /**
     * Refuse connections, as a port without a listener does, but reserve the port. A UDP port
     * cannot be reserved.
     */
    RESERVED,
    CLOSED
  }

  private final ListenerContext context;
  private final RelayEngine relayEngine;
  private final WorkerGroup workerGroup;
  private final List<Acceptor> acceptors = new ArrayList<>();
  private @Nullable PortReservation portReservation;
  private DesiredListenerState desired = DesiredListenerState.CLOSED;
  private ListenerState state = new ListenerState.Listening();

  /** The last of the changes, which run one after the other. */
  private CompletableFuture<Void> last = completedFuture(null);

  Listener(ListenerContext context, RelayEngine relayEngine, WorkerGroup workerGroup) {
    this.context = context;
    this.relayEngine = relayEngine;
    this.workerGroup = workerGroup;
  }

  ListenerContext context() {
    return context;
  }

  ListenerState state() {
    return state;
  }

  /**
   * Changes the desired state. Completes, never with an error, when the listener is in that state
   * or {@link #state()} is a failure.
   */
  CompletionStage<Void> moveTo(DesiredListenerState now) {
    desired = now;
    return retry();
  }

  /** Tries again to reach the desired state. */
  CompletionStage<Void> retry() {
    last =
        last.exceptionally(bug -> null)
            .thenComposeAsync(done -> converge(), workerGroup.controlLoop());
    return last;
  }

  private CompletionStage<Void> converge() {
    return switch (desired) {
      case CLOSED -> closeAcceptors().thenRun(this::releaseReservation);
      case RESERVED -> closeAcceptors().thenRun(this::reserve);
      case OPEN -> acceptors.isEmpty() ? open() : completedFuture(null);
    };
  }

  private void reserve() {
    try {
      if (context.binding().protocol() == Protocol.UDP) {
        UdpListener.checkAvailable(context.binding());
      } else if (portReservation == null && isShared()) {
        portReservation = PortReservation.reserve(context.binding());
      }
      state = new ListenerState.Listening();
    } catch (IOException e) {
      state = ListenErrorMessages.of(context.binding(), e);
    }
  }

  private CompletionStage<Void> open() {
    reserve();
    if (state instanceof ListenerState.ListenFailed) {
      return completedFuture(null);
    }
    try {
      if (portReservation != null) {
        portReservation.allowSharing();
      }
    } catch (IOException e) {
      return fail(e);
    }
    // Without SO_REUSEPORT (NIO), only one worker listens.
    boolean shared = isShared();
    List<Worker> at = shared ? workerGroup.workers() : workerGroup.workers().subList(0, 1);
    List<CompletableFuture<Acceptor>> opening =
        at.stream()
            .map(
                worker ->
                    WorkerGroup.toCompletableFuture(relayEngine.listen(worker, context, shared)))
            .toList();
    return CompletableFuture.allOf(opening.toArray(CompletableFuture[]::new))
        .handleAsync((done, failure) -> opened(opening, failure), workerGroup.controlLoop())
        .thenCompose(stage -> stage);
  }

  private boolean isShared() {
    return workerGroup.channelTransport() == ChannelTransport.EPOLL;
  }

  private CompletionStage<Void> opened(
      List<CompletableFuture<Acceptor>> opening, @Nullable Throwable failure) {
    opening.stream()
        .filter(acceptor -> !acceptor.isCompletedExceptionally())
        .forEach(acceptor -> acceptors.add(acceptor.join()));
    if (failure != null) {
      return fail(cause(failure));
    }
    try {
      if (portReservation != null) {
        portReservation.denySharing();
      }
    } catch (IOException e) {
      return fail(e);
    }
    return completedFuture(null);
  }

  private static Throwable cause(Throwable failure) {
    Throwable inner = failure.getCause();
    return failure instanceof CompletionException && inner != null ? inner : failure;
  }

  private CompletionStage<Void> fail(Throwable cause) {
    state = ListenErrorMessages.of(context.binding(), cause);
    return closeAcceptors().thenRun(this::releaseReservation);
  }

  private CompletionStage<Void> closeAcceptors() {
    List<CompletableFuture<?>> closing = new ArrayList<>();
    for (Acceptor acceptor : acceptors) {
      closing.add(WorkerGroup.toCompletableFuture(acceptor.stop()));
    }
    acceptors.clear();
    return CompletableFuture.allOf(closing.toArray(CompletableFuture[]::new))
        .handleAsync((done, ignored) -> null, workerGroup.controlLoop());
  }

  private void releaseReservation() {
    if (portReservation == null) {
      return;
    }
    try {
      portReservation.release();
    } catch (IOException e) {
      // close(2) frees the descriptor and the port even when it reports an error.
    }
    portReservation = null;
  }
}
