package dev.ballast.dataplane.server.relay;

import static java.util.concurrent.CompletableFuture.completedFuture;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.steering.FrontendVerdict;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The listener of one binding without a socket: the steering sends its packets to the private
 * listeners. The workers know the binding before the first packet comes, and until after the last.
 */
final class SteeredListener implements Listener {

  private final ListenerContext context;
  private final PrivateListenerGroup privateListeners;
  private final WorkerGroup workerGroup;
  private final FrontendTransactions frontends;
  private DesiredListenerState desired = DesiredListenerState.CLOSED;
  private ListenerState state = new ListenerState.Listening();

  /** What the steering has. */
  private @Nullable FrontendVerdict verdict;

  /** The last of the changes, which run one after the other. */
  private CompletableFuture<Void> last = completedFuture(null);

  SteeredListener(
      ListenerContext context,
      PrivateListenerGroup privateListeners,
      WorkerGroup workerGroup,
      FrontendTransactions frontends) {
    this.context = context;
    this.privateListeners = privateListeners;
    this.workerGroup = workerGroup;
    this.frontends = frontends;
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
    if (!privateListeners.serves(context.binding())) {
      state = ListenErrorMessages.noPrivateListener(context.binding());
      return completedFuture(null);
    }
    return switch (desired) {
      case OPEN -> change(FrontendVerdict.ACCEPT);
      case REFUSING, DRAINING ->
          change(FrontendVerdict.ACCEPT_ESTABLISHED)
              .thenComposeAsync(refused -> refused(), workerGroup.controlLoop());
      case CLOSED -> close();
    };
  }

  private CompletionStage<Void> change(FrontendVerdict to) {
    if (verdict == to) {
      state = new ListenerState.Listening();
      return completedFuture(null);
    }
    privateListeners.register(context);
    return frontends
        .set(context.binding(), to)
        .handleAsync((done, failure) -> changed(to, failure), workerGroup.controlLoop())
        .thenCompose(stage -> stage);
  }

  private CompletionStage<Void> changed(FrontendVerdict to, @Nullable Throwable failure) {
    if (failure == null) {
      verdict = to;
      state = new ListenerState.Listening();
      return completedFuture(null);
    }
    Binding binding = context.binding();
    state = ListenErrorMessages.steeringFailed(binding, WorkerGroup.cause(failure));
    return verdict == null ? privateListeners.unregister(context) : completedFuture(null);
  }

  /**
   * Accepts the connections of clients with a complete handshake. For half-open handshakes the
   * workers still know the binding. UDP has none, and its flows end.
   */
  private CompletionStage<Void> refused() {
    return context.binding().protocol() == Protocol.UDP
        ? privateListeners.unregister(context)
        : privateListeners.acceptWaiting(context.binding());
  }

  /**
   * Resets the connections while the steering still knows the frontend: no other rule of the node
   * gets their last packets.
   */
  private CompletionStage<Void> close() {
    if (verdict == null) {
      return completedFuture(null);
    }
    CompletionStage<Void> refused =
        verdict == FrontendVerdict.ACCEPT
            ? frontends
                .set(context.binding(), FrontendVerdict.ACCEPT_ESTABLISHED)
                .exceptionally(failure -> null) // The workers reset what comes.
            : completedFuture(null);
    verdict = null;
    return refused
        .thenCompose(done -> privateListeners.unregister(context))
        .thenCompose(done -> workerGroup.reset(session -> session.context() == context))
        .thenComposeAsync(done -> frontends.remove(context.binding()), workerGroup.controlLoop());
  }
}
