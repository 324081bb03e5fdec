package dev.ballast.dataplane.server.relay.tcp;

import dev.ballast.dataplane.core.admission.ServiceAdmission.ConnectionType;
import dev.ballast.dataplane.server.relay.backend.Backend;
import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.RelaySession;
import dev.ballast.dataplane.server.relay.session.Worker;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** A TCP session on two Netty channels: finds a backend that accepts, then connects the two. */
@SuppressWarnings(
    "FutureReturnValueIgnored") // of close() and the like: handlers and listeners of the channel
// report failures
final class ChannelSession extends RelaySession {

  private final ChannelEngine engine;
  private final RelayHandler client;
  private @Nullable RelayHandler server;
  private @Nullable Channel connecting;

  ChannelSession(
      ChannelEngine engine,
      Worker worker,
      ListenerContext context,
      Channel client,
      InetAddress clientAddress) {
    super(worker, context, clientAddress, ConnectionType.TCP);
    this.engine = engine;
    this.client = new RelayHandler(this, client, traffic().bytesToBackends());
  }

  void start() {
    begin();
    client.channel().pipeline().addLast(client);
    connectNext();
  }

  @Override
  protected OptionalInt clientPort() {
    return client.channel().remoteAddress() instanceof InetSocketAddress from
        ? OptionalInt.of(from.getPort())
        : OptionalInt.empty();
  }

  @Override
  public void reset() {
    if (isEnded()) {
      return;
    }
    end();
    client.reset();
    if (server != null) {
      server.reset();
    }
    if (connecting != null) {
      RelayHandler.resetChannel(connecting);
    }
  }

  /** One connection has closed; the session ends when both have. */
  void connectionClosed() {
    if (client.isClosed() && server != null && server.isClosed()) {
      end();
    }
  }

  /**
   * Tries up to four backends, each once. No backend has received data of the client, so trying
   * again is safe. When none is left, the client gets an RST, as from a host that does not listen.
   */
  private void connectNext() {
    Backend backend = nextBackend();
    if (backend == null) {
      reset();
      return;
    }
    Channel channel;
    ChannelFuture connected;
    try {
      channel = engine.newChannel(snapshot().policy());
      connecting = channel;
      worker().loop().register(channel);
      connected = channel.connect(backend.address());
    } catch (ChannelException e) {
      // No file descriptor left. Another backend would not help.
      backendFailed();
      reset();
      return;
    }
    connected.addListener(result -> connected(channel, result));
  }

  private void connected(Channel channel, Future<?> result) {
    connecting = null;
    if (isEnded()) {
      RelayHandler.resetChannel(channel);
      return;
    }
    if (!result.isSuccess()) {
      channel.close();
      backendFailed();
      connectNext();
      return;
    }
    backendAccepted();
    RelayHandler joined = new RelayHandler(this, channel, traffic().bytesToClients());
    server = joined;
    channel.pipeline().addLast(joined);
    touch();
    client.relayTo(joined);
    if (!isEnded()) {
      joined.relayTo(client);
    }
  }
}
