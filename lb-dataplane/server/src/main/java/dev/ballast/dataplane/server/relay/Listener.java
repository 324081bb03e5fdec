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
 * One binding: a listening socket per lane, so that a connection is accepted and carried by one
 * loop and the kernel spreads them. Belongs to the control loop.
 */
final class Listener {

  /** What is wanted of it. */
  enum ListenerTarget {
    /** Accept connections. */
    OPEN,
    /**
     * Refuse connections, as a port without a listener does, but keep the port; of UDP it cannot be
     * kept.
     */
    RESERVED,
    CLOSED
  }

  private final ListenerContext context;
  private final RelayEngine relayEngine;
  private final WorkerGroup workerGroup;
  private final List<Acceptor> acceptors = new ArrayList<>();
  private @Nullable PortReservation portReservation;
  private ListenerTarget target = ListenerTarget.CLOSED;
  private ListenerState state = new ListenerState.Listening();

  /** Changes are made one after the other, each for itself; this is the last one. */
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

  /** Completes, never with an error, when this is so or {@link #state()} says why not. */
  CompletionStage<Void> moveTo(ListenerTarget now) {
    target = now;
    return retry();
  }

  /** Tries again what did not work. */
  CompletionStage<Void> retry() {
    last =
        last.exceptionally(bug -> null).thenComposeAsync(done -> converge(), workerGroup.control());
    return last;
  }

  private CompletionStage<Void> converge() {
    return switch (target) {
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
    // Without SO_REUSEPORT (NIO) one lane has to do.
    boolean shared = isShared();
    List<Worker> at = shared ? workerGroup.all() : workerGroup.all().subList(0, 1);
    List<CompletableFuture<Acceptor>> opening =
        at.stream()
            .map(
                worker ->
                    WorkerGroup.toCompletableFuture(relayEngine.listen(worker, context, shared)))
            .toList();
    return CompletableFuture.allOf(opening.toArray(CompletableFuture[]::new))
        .handleAsync((done, failure) -> opened(opening, failure), workerGroup.control())
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
        .handleAsync((done, ignored) -> null, workerGroup.control());
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
