package dev.ballast.dataplane.server.relay.udp;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.source.SourceRanges;
import dev.ballast.dataplane.server.relay.backend.Backend;
import dev.ballast.dataplane.server.relay.datagram.ClientAddress;
import dev.ballast.dataplane.server.relay.datagram.DatagramBatch;
import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.ListeningSocket;
import dev.ballast.dataplane.server.relay.session.Worker;
import dev.ballast.logging.LogKeys;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listening UDP socket of one worker, and its flows. It is bound to the address itself, so that
 * replies have it as their source. The kernel sends the datagrams of a client to the socket of one
 * worker, as long as no socket is added or closed.
 */
public final class UdpListener extends ListeningSocket {

  private static final Logger log = LoggerFactory.getLogger(UdpListener.class);

  /** System calls before other sessions of the loop have their turn. */
  private static final int MAX_CALLS_PER_EVENT = 16;

  /** For the datagrams that wait for the loop; the kernel caps it at net.core.rmem_max. */
  private static final int RECEIVE_BUFFER = 4 * 1024 * 1024;

  /** A power of two. */
  private static final int RECENT_FLOWS = 1024;

  private final int workers;

  /** In the order of access: the flow that was idle for longest comes first. */
  private final LinkedHashMap<ClientAddress, UdpFlow> flows = new LinkedHashMap<>(16, 0.75f, true);

  /** A cache by the client's hash, to find the flow of a datagram without an allocation. */
  private final @Nullable UdpFlow[] recentFlows = new UdpFlow[RECENT_FLOWS];

  private UdpListener(Worker worker, ListenerContext context, LinuxSocket socket, int workers) {
    super(worker, context, socket);
    this.workers = workers;
  }

  static UdpListener open(Worker worker, ListenerContext context, boolean shared, int workers)
      throws IOException {
    Binding binding = context.binding();
    LinuxSocket socket = socket(binding);
    try {
      socket.setReusePort(shared);
      socket.setReceiveBufferSize(RECEIVE_BUFFER);
      socket.bind(new InetSocketAddress(binding.address(), binding.port()));
      return new UdpListener(worker, context, socket, workers);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Fails when another socket has the port, also one with SO_REUSEPORT. A UDP port cannot be
   * reserved as {@code PortReservation} reserves a TCP port: every bound socket gets datagrams.
   */
  public static void checkAvailable(Binding binding) throws IOException {
    LinuxSocket socket = socket(binding);
    try {
      socket.bind(new InetSocketAddress(binding.address(), binding.port()));
    } finally {
      socket.close();
    }
  }

  private static LinuxSocket socket(Binding binding) throws IOException {
    LinuxSocket socket;
    try {
      socket = LinuxSocket.newSocketDgram(binding.address() instanceof Inet6Address);
    } catch (ChannelException e) {
      throw new IOException("no file descriptor left", e);
    }
    try {
      allowBindBeforeAddress(socket);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  @Override
  protected void readable() {
    receive();
  }

  /** Receives all waiting datagrams, in several steps. */
  private void receive() {
    DatagramBatch datagrams = worker.datagrams();
    for (int call = 0; call < MAX_CALLS_PER_EVENT; call++) {
      if (!socket.isOpen()) {
        return;
      }
      int count = datagrams.receive(socket.intValue());
      if (count < 0) {
        pause(-count);
        return;
      }
      if (count == 0) {
        return;
      }
      forward(datagrams, count);
      if (count < DatagramBatch.CAPACITY) {
        return; // the next one brings an event
      }
    }
    worker.loop().execute(this::receive);
  }

  /** Forwards consecutive datagrams of one client together. */
  private void forward(DatagramBatch datagrams, int count) {
    int from = 0;
    while (from < count) {
      ClientAddress client = clientOf(datagrams, from);
      int to = from + 1;
      while (to < count && datagrams.isFrom(to, client)) {
        to++;
      }
      forward(client, datagrams, from, to);
      from = to;
    }
  }

  /** Mostly the client of a recent flow: then nothing is allocated. */
  private ClientAddress clientOf(DatagramBatch datagrams, int index) {
    UdpFlow flow = recentFlows[datagrams.clientHash(index) & (RECENT_FLOWS - 1)];
    return flow != null && datagrams.isFrom(index, flow.client())
        ? flow.client()
        : datagrams.client(index);
  }

  private void forward(ClientAddress client, DatagramBatch datagrams, int from, int to) {
    UdpFlow flow = flowFor(client);
    if (flow == null) {
      return;
    }
    recentFlows[client.hashCode() & (RECENT_FLOWS - 1)] = flow;
    int rest = flow.send(datagrams, from, to);
    if (rest < to) {
      // The backend has refused an earlier datagram: send the rest to another backend.
      UdpFlow moved = flowFor(client);
      if (moved != null) {
        moved.send(datagrams, rest, to);
      }
    }
  }

  /** The client's flow, or a new one; null when the client is denied or there is no backend. */
  private @Nullable UdpFlow flowFor(ClientAddress client) {
    UdpFlow flow = flows.get(client);
    SourceRanges sources = context.backends().snapshot().policy().sourceRanges();
    if (flow != null && flow.isAllowedBy(sources) && flow.isUsable()) {
      return flow;
    }
    Set<Backend> exclude = Set.of();
    if (flow != null) {
      exclude = flow.refusedBy();
      flow.reset();
    }
    if (!context.admits(client.address())) {
      return null;
    }
    evictFlows();
    UdpFlow made = new UdpFlow(this, worker, context, client, sources);
    if (!made.start(exclude)) {
      return null;
    }
    flows.put(client, made);
    return made;
  }

  private void evictFlows() {
    int maxFlows =
        Math.max(1, context.backends().snapshot().policy().udpFlows().maxFlows() / workers);
    while (flows.size() >= maxFlows) {
      flows.firstEntry().getValue().reset();
      context.backends().traffic().flowEvicted();
    }
  }

  /** Sends the received datagrams to a client. What the socket does not accept is dropped. */
  void sendToClient(DatagramBatch datagrams, int count, ClientAddress client) {
    flows.get(client); // moves it to the end of the access order
    int next = 0;
    while (next < count && socket.isOpen()) {
      int sent = datagrams.sendTo(socket.intValue(), next, count, client);
      if (sent == 0) {
        return;
      }
      next += Math.max(1, sent); // skips one that is too large, or that a firewall rejects
    }
  }

  void removeFlow(ClientAddress client, UdpFlow flow) {
    flows.remove(client, flow);
    int at = client.hashCode() & (RECENT_FLOWS - 1);
    if (recentFlows[at] == flow) {
      recentFlows[at] = null;
    }
  }

  private void pause(int errno) {
    log.atWarn()
        .addKeyValue(LogKeys.FRONTEND, context.binding())
        .addKeyValue(LogKeys.CAUSE, "errno " + errno)
        .log("Cannot receive datagrams, retrying. Check whether the node is out of memory");
    retryLater(this::receive);
  }

  /** Ends the flows too: without this socket nothing reaches their clients. */
  @Override
  public void close() {
    while (!flows.isEmpty()) {
      flows.firstEntry().getValue().reset();
    }
    super.close();
  }
}
