package dev.ballast.dataplane.server.relay;

import static java.util.concurrent.CompletableFuture.completedFuture;

import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.RelayEngine;
import dev.ballast.dataplane.server.relay.session.RelayEngine.Acceptor;
import dev.ballast.dataplane.server.relay.session.Worker;
import dev.ballast.dataplane.server.relay.udp.UdpListener;
import dev.ballast.dataplane.server.steering.FrontendVerdict;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The listener of one binding by sockets that are bound to it: one for each worker. The kernel
 * distributes connections among the sockets, and one event loop accepts and relays a connection.
 * The steering lets the packets through as long as the sockets are open.
 */
final class BoundListener implements Listener {

  private final ListenerContext context;
  private final RelayEngine relayEngine;
  private final WorkerGroup workerGroup;
  private final FrontendTransactions frontends;
  private final boolean portReserved;
  private final List<Acceptor> acceptors = new ArrayList<>();
  private @Nullable PortReservation portReservation;
  private DesiredListenerState desired = DesiredListenerState.CLOSED;
  private ListenerState state = new ListenerState.Listening();

  /** The last of the changes, which run one after the other. */
  private CompletableFuture<Void> last = completedFuture(null);

  /**
   * Makes a closed listener.
   *
   * @param portReserved whether the port is for a daemon of the node, and must not be taken
   */
  BoundListener(
      ListenerContext context,
      RelayEngine relayEngine,
      WorkerGroup workerGroup,
      FrontendTransactions frontends,
      boolean portReserved) {
    this.context = context;
    this.relayEngine = relayEngine;
    this.workerGroup = workerGroup;
    this.frontends = frontends;
    this.portReserved = portReserved;
  }

  @Override
  public ListenerContext context() {
    return context;
  }

  @Override
  public ListenerState state() {
    return state;
  }

  @Override
  public CompletionStage<Void> moveTo(DesiredListenerState now) {
    desired = now;
    return retry();
  }

  @Override
  public CompletionStage<Void> retry() {
    last =
        last.exceptionally(bug -> null)
            .thenComposeAsync(done -> converge(), workerGroup.controlLoop());
    return last;
  }

  private CompletionStage<Void> converge() {
    return switch (desired) {
      case OPEN -> mayNotTakePort() || !acceptors.isEmpty() ? completedFuture(null) : open();
      case REFUSING -> mayNotTakePort() ? completedFuture(null) : refuse().thenRun(this::reserve);
      case DRAINING -> refuse().thenRun(this::releaseReservation);
      case CLOSED ->
          refuse()
              .thenCompose(refusing -> workerGroup.reset(session -> session.context() == context))
              .thenComposeAsync(reset -> remove(), workerGroup.controlLoop());
    };
  }

  /**
   * The port is a daemon's, or another process was seen to have it: that process may restart, and
   * finds its port free.
   */
  private boolean mayNotTakePort() {
    if (portReserved) {
      state = ListenErrorMessages.portReserved(context.binding());
    }
    return portReserved
        || (state instanceof ListenerState.ListenFailed failed
            && failed.reason() == ListenFailureReason.PORT_IN_USE);
  }

  /** Accepts no new connections; those of clients with a complete handshake are accepted. */
  private CompletionStage<Void> refuse() {
    if (acceptors.isEmpty()) {
      return completedFuture(null);
    }
    return frontends
        .set(context.binding(), FrontendVerdict.ACCEPT_ESTABLISHED)
        .exceptionally(failure -> null) // Without sockets the port refuses too.
        .thenComposeAsync(refused -> closeAcceptors(), workerGroup.controlLoop());
  }

  private CompletionStage<Void> remove() {
    releaseReservation();
    return frontends.remove(context.binding());
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
      return fail(ListenErrorMessages.of(context.binding(), e));
    }
    // Without SO_REUSEPORT (NIO), only one worker listens.
    boolean shared = isShared();
    List<Worker> at = shared ? workerGroup.workers() : workerGroup.workers().subList(0, 1);
    List<CompletableFuture<Acceptor>> opening =
        at.stream()
            .map(
                worker ->
                    WorkerGroup.<Acceptor>toCompletableFuture(
                        relayEngine.listen(worker, context, shared)))
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
      return fail(ListenErrorMessages.of(context.binding(), WorkerGroup.cause(failure)));
    }
    try {
      if (portReservation != null) {
        portReservation.denySharing();
      }
    } catch (IOException e) {
      return fail(ListenErrorMessages.of(context.binding(), e));
    }
    return frontends
        .set(context.binding(), FrontendVerdict.ACCEPT)
        .handleAsync((done, steeringFailure) -> steered(steeringFailure), workerGroup.controlLoop())
        .thenCompose(stage -> stage);
  }

  private CompletionStage<Void> steered(@Nullable Throwable failure) {
    return failure == null
        ? completedFuture(null)
        : fail(ListenErrorMessages.steeringFailed(context.binding(), WorkerGroup.cause(failure)));
  }

  private CompletionStage<Void> fail(ListenerState failed) {
    state = failed;
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
