package dev.ballast.dataplane.server.relay.udp;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.source.SourceRanges;
import dev.ballast.dataplane.server.relay.backend.Backend;
import dev.ballast.dataplane.server.relay.datagram.DatagramAddress;
import dev.ballast.dataplane.server.relay.datagram.DatagramBatch;
import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.Worker;
import java.util.LinkedHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The flows of one binding on one worker. */
final class UdpFlowTable {

  private final Worker worker;
  private final ListenerContext context;
  private final UdpReceiver receiver;
  private final RecentFlows recentFlows;
  private final int workers;

  /** The address and port of the binding. */
  private final DatagramAddress destination;

  /** In the order of access: the flow that was idle for longest comes first. */
  private final LinkedHashMap<DatagramAddress, UdpFlow> flows =
      new LinkedHashMap<>(16, 0.75f, true);

  UdpFlowTable(
      Worker worker,
      ListenerContext context,
      UdpReceiver receiver,
      RecentFlows recentFlows,
      int workers) {
    this.worker = worker;
    this.context = context;
    this.receiver = receiver;
    this.recentFlows = recentFlows;
    this.workers = workers;
    Binding binding = context.binding();
    this.destination = DatagramAddress.of(binding.address(), binding.port());
  }

  ListenerContext context() {
    return context;
  }

  DatagramAddress destination() {
    return destination;
  }

  /** Forwards received datagrams of a client to a backend. */
  void forward(DatagramAddress client, DatagramBatch datagrams, int from, int to) {
    UdpFlow flow = flowFor(client);
    if (flow == null) {
      return;
    }
    recentFlows.put(flow);
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
  private @Nullable UdpFlow flowFor(DatagramAddress client) {
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
  void sendToClient(DatagramBatch datagrams, int count, DatagramAddress client) {
    flows.get(client); // moves it to the end of the access order
    int next = 0;
    while (next < count) {
      int sent = receiver.send(datagrams, next, count, this, client);
      if (sent == 0) {
        return;
      }
      next += Math.max(1, sent); // skips one that is too large, or that a firewall rejects
    }
  }

  void removeFlow(UdpFlow flow) {
    flows.remove(flow.client(), flow);
    recentFlows.remove(flow);
  }

  void endFlows() {
    while (!flows.isEmpty()) {
      flows.firstEntry().getValue().reset();
    }
  }
}
