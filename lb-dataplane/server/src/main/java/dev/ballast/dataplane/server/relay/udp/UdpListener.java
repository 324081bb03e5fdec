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
 * One lane's socket of a UDP frontend, bound to the very address, which answers leave from; and the
 * flows that came in there. The kernel keeps a client at one of the lanes' sockets as long as none
 * is added or closed.
 */
public final class UdpListener extends ListeningSocket {

  private static final Logger LOG = LoggerFactory.getLogger(UdpListener.class);

  /** System calls before others of the loop have their turn. */
  private static final int MAX_CALLS_PER_EVENT = 16;

  /** What may wait while the loop is elsewhere; the kernel caps it at net.core.rmem_max. */
  private static final int RECEIVE_BUFFER = 4 * 1024 * 1024;

  /** A power of two. */
  private static final int RECENT_FLOWS = 1024;

  private final int workers;

  /** The one that was quiet for longest comes first. */
  private final LinkedHashMap<ClientAddress, UdpFlow> flows = new LinkedHashMap<>(16, 0.75f, true);

  /** By their clients' hash, so that a client that is known need not be made anew to be found. */
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
   * Fails when anybody has the port, also somebody who would share it. A UDP port cannot be kept as
   * {@code PortReservation} keeps one of TCP: whatever is bound there gets datagrams.
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
      throw new IOException("no descriptor left", e);
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

  /** Edge-triggered: whoever stops before nothing waits must come again. */
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
        return; // the next one brings an edge
      }
    }
    worker.loop().execute(this::receive);
  }

  /** Those of one client that came one after the other go on together. */
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

  /** Mostly one that is here already: then nothing is made. */
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
      // Word that the backend is gone came in between: this datagram need not be lost for it.
      UdpFlow moved = flowFor(client);
      if (moved != null) {
        moved.send(datagrams, rest, to);
      }
    }
  }

  /** The client's flow, moved or made if need be; null when nobody may or can take it. */
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

  /** Sends what was received last back to a client. What has no room is dropped, as on any wire. */
  void sendToClient(DatagramBatch datagrams, int count, ClientAddress client) {
    flows.get(client); // now the one that was quiet for the shortest
    int next = 0;
    while (next < count && socket.isOpen()) {
      int sent = datagrams.sendTo(socket.intValue(), next, count, client);
      if (sent == 0) {
        return;
      }
      next += Math.max(1, sent); // past one that is too large, or that a firewall refuses
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
    LOG.atWarn()
        .addKeyValue(LogKeys.FRONTEND, context.binding())
        .addKeyValue("errno", errno)
        .log("Cannot receive datagrams and tries again in a second; is the node out of memory?");
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
