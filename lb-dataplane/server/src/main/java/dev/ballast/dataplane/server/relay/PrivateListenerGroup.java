package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.core.endpoint.AddressFamily;
import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.SteeredEngine;
import dev.ballast.dataplane.server.relay.session.SteeredEngine.PrivateAcceptor;
import dev.ballast.dataplane.server.relay.session.Worker;
import dev.ballast.dataplane.server.steering.PrivateListeners;
import dev.ballast.logging.LogKeys;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The private listeners of all workers: for TCP and UDP and each IP family, one socket for each
 * worker on the same port. A few sockets serve any number of bindings.
 */
final class PrivateListenerGroup {

  private static final Logger log = LoggerFactory.getLogger(PrivateListenerGroup.class);

  private static final long OPEN_SECONDS = 10;

  private record SocketType(Protocol protocol, AddressFamily family) {
    static SocketType of(Binding binding) {
      return new SocketType(binding.protocol(), AddressFamily.of(binding.address()));
    }
  }

  private record WorkerAcceptor(Worker worker, PrivateAcceptor acceptor) {
    CompletableFuture<Void> run(Consumer<PrivateAcceptor> task) {
      return CompletableFuture.runAsync(() -> task.accept(acceptor), worker.loop());
    }
  }

  private final Map<SocketType, List<WorkerAcceptor>> acceptors = new HashMap<>();

  private PrivateListenerGroup() {}

  /** Without a socket. */
  static PrivateListenerGroup none() {
    return new PrivateListenerGroup();
  }

  /**
   * Opens all sockets. A type whose sockets cannot be opened is left out: such as IPv6 on a node
   * without it. Blocks, so not to be called on an event loop.
   */
  static PrivateListenerGroup open(WorkerGroup workerGroup) {
    var group = new PrivateListenerGroup();
    workerGroup
        .channelTransport()
        .steeredEngines()
        .forEach(
            (protocol, engine) -> {
              for (AddressFamily family : AddressFamily.values()) {
                group.open(new SocketType(protocol, family), engine, workerGroup.workers());
              }
            });
    return group;
  }

  private void open(SocketType type, SteeredEngine engine, List<Worker> workers) {
    InetAddress address =
        InetAddress.ofLiteral(
            type.family() == AddressFamily.IPV4 ? PrivateListeners.IPV4 : PrivateListeners.IPV6);
    List<WorkerAcceptor> opened = new ArrayList<>();
    int port = 0;
    try {
      for (Worker worker : workers) {
        PrivateAcceptor acceptor =
            WorkerGroup.toCompletableFuture(
                    engine.listenPrivately(worker, new InetSocketAddress(address, port)))
                .orTimeout(OPEN_SECONDS, TimeUnit.SECONDS)
                .join();
        opened.add(new WorkerAcceptor(worker, acceptor));
        port = acceptor.port();
      }
      acceptors.put(type, opened);
    } catch (CompletionException e) {
      log.atInfo()
          .addKeyValue(LogKeys.ADDRESS, address.getHostAddress() + "/" + type.protocol())
          .addKeyValue(LogKeys.CAUSE, WorkerGroup.cause(e).getMessage())
          .log("No private listener for steered packets");
      stop(opened);
    }
  }

  PrivateListeners ports() {
    return new PrivateListeners(
        port(Protocol.TCP, AddressFamily.IPV4),
        port(Protocol.TCP, AddressFamily.IPV6),
        port(Protocol.UDP, AddressFamily.IPV4),
        port(Protocol.UDP, AddressFamily.IPV6));
  }

  private OptionalInt port(Protocol protocol, AddressFamily family) {
    return acceptors.getOrDefault(new SocketType(protocol, family), List.of()).stream()
        .mapToInt(each -> each.acceptor().port())
        .findFirst();
  }

  boolean serves(Binding binding) {
    return acceptors.containsKey(SocketType.of(binding));
  }

  /** Serves a binding, from the next task of each worker on. */
  void register(ListenerContext context) {
    var unused = run(context.binding(), acceptor -> acceptor.register(context));
  }

  /** Completes when the connections that wait are accepted. */
  CompletableFuture<Void> acceptWaiting(Binding binding) {
    return run(binding, PrivateAcceptor::acceptWaiting);
  }

  /** Completes when no worker serves the binding. TCP sessions stay open. */
  CompletableFuture<Void> unregister(ListenerContext context) {
    return run(context.binding(), acceptor -> acceptor.unregister(context));
  }

  private CompletableFuture<Void> run(Binding binding, Consumer<PrivateAcceptor> task) {
    return CompletableFuture.allOf(
        acceptors.getOrDefault(SocketType.of(binding), List.of()).stream()
            .map(each -> each.run(task))
            .toArray(CompletableFuture[]::new));
  }

  /** Closes all sockets. */
  void close() {
    acceptors.values().forEach(PrivateListenerGroup::stop);
    acceptors.clear();
  }

  private static void stop(List<WorkerAcceptor> opened) {
    opened.forEach(
        each -> {
          var unused = each.acceptor().stop();
        });
  }
}
