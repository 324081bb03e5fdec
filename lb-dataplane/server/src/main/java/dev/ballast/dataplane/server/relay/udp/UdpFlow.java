package dev.ballast.dataplane.server.relay.udp;

import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import dev.ballast.dataplane.core.source.SourceRanges;
import dev.ballast.dataplane.server.relay.backend.Backend;
import dev.ballast.dataplane.server.relay.datagram.ClientAddress;
import dev.ballast.dataplane.server.relay.datagram.DatagramBatch;
import dev.ballast.dataplane.server.relay.session.EdgeTriggeredSockets;
import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.Session;
import dev.ballast.dataplane.server.relay.session.Worker;
import io.netty.channel.ChannelException;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.net.Inet6Address;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one client's address and port sends to one frontend, and the backend that gets it, by a
 * socket connected to that one. It stays there as long as the backend's endpoint serves; then the
 * next datagram makes another flow.
 */
final class UdpFlow extends Session implements EpollIoHandle {

  private static final int MAX_CALLS_PER_EVENT = 16;

  private final UdpListener listener;
  private final ClientAddress client;
  private final Set<Backend> refusedBy = new HashSet<>();
  private SourceRanges allowedBy;

  /** Closed from when the backend has refused. */
  private @Nullable LinuxSocket socket;

  private @Nullable Backend backend;
  private @Nullable IoRegistration registration;

  UdpFlow(
      UdpListener listener,
      Worker worker,
      ListenerContext context,
      ClientAddress client,
      SourceRanges allowedBy) {
    super(worker, context);
    this.listener = listener;
    this.client = client;
    this.allowedBy = allowedBy;
  }

  /**
   * Returns whether a backend was found. Those to avoid have refused this client before; they come
   * into question again when all have.
   */
  boolean start(Set<Backend> exclude) {
    begin();
    if (exclude(exclude)) {
      refusedBy.addAll(exclude);
    }
    Backend next = nextBackend(client.address());
    while (next != null) {
      if (connect(next)) {
        backend = next;
        backendAccepted(client.address());
        return true;
      }
      backendFailed();
      next = nextBackend(client.address());
    }
    end();
    return false;
  }

  private boolean connect(Backend to) {
    LinuxSocket made;
    try {
      made = LinuxSocket.newSocketDgram(to.address().getAddress() instanceof Inet6Address);
    } catch (ChannelException e) {
      return false; // no descriptor left
    }
    socket = made;
    try {
      made.connect(to.address());
      registration =
          EdgeTriggeredSockets.register(
              (IoEventLoop) worker().loop(), this, EdgeTriggeredSockets.READABLE);
      return true;
    } catch (IOException e) {
      close();
      return false;
    }
  }

  ClientAddress client() {
    return client;
  }

  /** Backends that sent word that nobody listens there. */
  Set<Backend> refusedBy() {
    return refusedBy;
  }

  /** Whether the client may still come; asked again only when the ranges are others. */
  boolean isAllowedBy(SourceRanges sources) {
    if (sources.equals(allowedBy)) {
      return true;
    }
    if (!sources.allows(client.address())) {
      return false;
    }
    allowedBy = sources;
    return true;
  }

  boolean isUsable() {
    return socket != null && socket.isOpen() && backend != null && backend.isServing();
  }

  /** Returns the index of the first that the backend's refusal kept from going out. */
  int send(DatagramBatch datagrams, int from, int to) {
    touch();
    int next = from;
    while (next < to) {
      LinuxSocket open = socket;
      if (open == null || !open.isOpen()) {
        return next;
      }
      int sent = datagrams.send(open.intValue(), next, to);
      if (sent == 0) {
        return to; // no room: dropped, as on any wire
      }
      if (sent > 0) {
        traffic().bytesToBackends().add(datagrams.totalLength(next, next + sent));
        next += sent;
      } else if (sent == -DatagramBatch.EMSGSIZE) {
        next++;
      } else {
        backendRefused();
      }
    }
    return to;
  }

  @Override
  public void handle(IoRegistration registered, IoEvent event) {
    receive();
  }

  private void receive() {
    DatagramBatch datagrams = worker().datagrams();
    for (int call = 0; call < MAX_CALLS_PER_EVENT; call++) {
      LinuxSocket open = socket;
      if (open == null || !open.isOpen()) {
        return;
      }
      int count = datagrams.receiveConnected(open.intValue());
      if (count < 0) {
        backendRefused();
        return;
      }
      if (count == 0) {
        return;
      }
      touch();
      traffic().bytesToClients().add(datagrams.totalLength(0, count));
      listener.sendToClient(datagrams, count, client);
      if (count < DatagramBatch.CAPACITY) {
        return; // the next one brings an edge
      }
    }
    worker().loop().execute(this::receive);
  }

  /** Mostly ECONNREFUSED, by ICMP: the Pod is there, and its program is not. */
  private void backendRefused() {
    if (backend != null) {
      refusedBy.add(backend);
    }
    backendFailed();
    close();
  }

  @Override
  public Duration idleTimeout(ConnectionPolicy policy) {
    return policy.udpFlows().idleTimeout();
  }

  @Override
  public void reset() {
    if (isEnded()) {
      return;
    }
    end();
    close();
    listener.removeFlow(client, this);
  }

  @Override
  public FileDescriptor fd() {
    if (socket == null) {
      throw new IllegalStateException("not connected");
    }
    return socket;
  }

  @Override
  public void close() {
    if (socket != null) {
      EdgeTriggeredSockets.close(socket, registration);
      registration = null;
    }
  }
}
