package dev.ballast.dataplane.server.relay;

import static java.util.concurrent.CompletableFuture.completedFuture;

import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.relay.Engine.Acceptor;
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
  enum Wanted {
    /** Accept connections. */
    OPEN,
    /**
     * Refuse connections, as a port without a listener does, but keep the port; of UDP it cannot be
     * kept.
     */
    RESERVED,
    CLOSED
  }

  private final Entrance entrance;
  private final Engine engine;
  private final Lanes lanes;
  private final List<Acceptor> acceptors = new ArrayList<>();
  private @Nullable Guard guard;
  private Wanted wanted = Wanted.CLOSED;
  private ListenState state = new ListenState.Listening();

  /** Changes are made one after the other, each for itself; this is the last one. */
  private CompletableFuture<Void> last = completedFuture(null);

  Listener(Entrance entrance, Engine engine, Lanes lanes) {
    this.entrance = entrance;
    this.engine = engine;
    this.lanes = lanes;
  }

  Entrance entrance() {
    return entrance;
  }

  ListenState state() {
    return state;
  }

  /** Completes, never with an error, when this is so or {@link #state()} says why not. */
  CompletionStage<Void> want(Wanted now) {
    wanted = now;
    return settle();
  }

  /** Tries again what did not work. */
  CompletionStage<Void> settle() {
    last = last.exceptionally(bug -> null).thenComposeAsync(done -> converge(), lanes.control());
    return last;
  }

  private CompletionStage<Void> converge() {
    return switch (wanted) {
      case CLOSED -> closeAcceptors().thenRun(this::releaseGuard);
      case RESERVED -> closeAcceptors().thenRun(this::reserve);
      case OPEN -> acceptors.isEmpty() ? open() : completedFuture(null);
    };
  }

  private void reserve() {
    try {
      if (entrance.binding().protocol() == Protocol.UDP) {
        UdpPort.tryOut(entrance.binding());
      } else if (guard == null && isShared()) {
        guard = Guard.take(entrance.binding());
      }
      state = new ListenState.Listening();
    } catch (IOException e) {
      state = ListenFailures.of(entrance.binding(), e);
    }
  }

  private CompletionStage<Void> open() {
    reserve();
    if (state instanceof ListenState.Failed) {
      return completedFuture(null);
    }
    try {
      if (guard != null) {
        guard.lift();
      }
    } catch (IOException e) {
      return fail(e);
    }
    // Without SO_REUSEPORT (NIO) one lane has to do.
    boolean shared = isShared();
    List<Lane> at = shared ? lanes.all() : lanes.all().subList(0, 1);
    List<CompletableFuture<Acceptor>> opening =
        at.stream().map(lane -> Lanes.stage(engine.listen(lane, entrance, shared))).toList();
    return CompletableFuture.allOf(opening.toArray(CompletableFuture[]::new))
        .handleAsync((done, failure) -> opened(opening, failure), lanes.control())
        .thenCompose(stage -> stage);
  }

  private boolean isShared() {
    return lanes.transport() == Transport.EPOLL;
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
      if (guard != null) {
        guard.lower();
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
    state = ListenFailures.of(entrance.binding(), cause);
    return closeAcceptors().thenRun(this::releaseGuard);
  }

  private CompletionStage<Void> closeAcceptors() {
    List<CompletableFuture<?>> closing = new ArrayList<>();
    for (Acceptor acceptor : acceptors) {
      closing.add(Lanes.stage(acceptor.stop()));
    }
    acceptors.clear();
    return CompletableFuture.allOf(closing.toArray(CompletableFuture[]::new))
        .handleAsync((done, ignored) -> null, lanes.control());
  }

  private void releaseGuard() {
    if (guard == null) {
      return;
    }
    try {
      guard.release();
    } catch (IOException e) {
      // close(2) frees the descriptor and the port even when it reports an error.
    }
    guard = null;
  }
}
