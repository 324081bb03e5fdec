package dev.ballast.dataplane.server.relay.udp;

import dev.ballast.dataplane.core.admission.ServiceAdmission.ConnectionType;
import dev.ballast.dataplane.core.plan.ConnectionPolicy;
import dev.ballast.dataplane.core.source.SourceRanges;
import dev.ballast.dataplane.server.relay.backend.Backend;
import dev.ballast.dataplane.server.relay.datagram.DatagramAddress;
import dev.ballast.dataplane.server.relay.datagram.DatagramBatch;
import dev.ballast.dataplane.server.relay.session.EdgeTriggeredSockets;
import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.RelaySession;
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
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A UDP flow: the datagrams between one client address and port and one frontend, and a socket that
 * is connected to its backend. It stays at the backend as long as its endpoint serves; then the
 * next datagram starts a new flow.
 */
final class UdpFlow extends RelaySession implements EpollIoHandle {

  private static final int MAX_CALLS_PER_EVENT = 16;

  private final UdpFlowTable table;
  private final DatagramAddress client;
  private Set<Backend> refusedBy = Set.of();
  private SourceRanges allowedBy;

  /** Closed when the backend has refused a datagram. */
  private @Nullable LinuxSocket socket;

  /** Where it is among the flows of its client; null before it is there, and when it has ended. */
  @Nullable ClientFlows ofClient;

  @Nullable UdpFlow olderOfClient;

  @Nullable UdpFlow newerOfClient;

  private @Nullable Backend backend;
  private @Nullable IoRegistration registration;

  UdpFlow(
      UdpFlowTable table,
      Worker worker,
      ListenerContext context,
      DatagramAddress client,
      SourceRanges allowedBy) {
    super(worker, context, client.address(), ConnectionType.UDP);
    this.table = table;
    this.client = client;
    this.allowedBy = allowedBy;
  }

  /**
   * Returns whether a backend was found. The excluded backends have refused this client before;
   * they are used again when all have.
   */
  boolean start(Set<Backend> exclude) {
    begin();
    if (exclude(exclude)) {
      refusedBy = new HashSet<>(exclude);
    }
    Backend next = nextBackend();
    while (next != null) {
      if (connect(next)) {
        backend = next;
        backendAccepted();
        return true;
      }
      next = nextBackend();
    }
    end();
    return false;
  }

  private boolean connect(Backend to) {
    LinuxSocket made;
    try {
      made = LinuxSocket.newSocketDgram(to.address().getAddress() instanceof Inet6Address);
    } catch (ChannelException e) {
      backendFailed(); // no file descriptor left
      return false;
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
      backendFailed(e);
      return false;
    }
  }

  DatagramAddress client() {
    return client;
  }

  @Override
  protected OptionalInt clientPort() {
    return OptionalInt.of(client.port());
  }

  UdpFlowTable table() {
    return table;
  }

  /** The backends that answered that their port is unreachable. */
  Set<Backend> refusedBy() {
    return refusedBy;
  }

  /** Whether the source ranges allow the client; checked again only when they have changed. */
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

  /** Returns the index of the first datagram that was not sent because the backend has refused. */
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
        return to; // the socket is full: dropped, as in any network
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
      table.sendToClient(datagrams, count, client);
      if (count < DatagramBatch.CAPACITY) {
        return; // the next one brings an event
      }
    }
    worker().executeAfterPoll(this::receive);
  }

  /** Mostly ECONNREFUSED, by ICMP: the Pod exists, but nothing listens on the port. */
  private void backendRefused() {
    if (backend != null) {
      // Most flows are never refused.
      refusedBy = new HashSet<>(refusedBy);
      refusedBy.add(backend);
    }
    backendFailed();
    close();
  }

  @Override
  public Duration idleTimeout(ConnectionPolicy policy) {
    return policy.udpIdleTimeout();
  }

  @Override
  public void reset() {
    if (isEnded()) {
      return;
    }
    end();
    close();
    table.removeFlow(this);
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
