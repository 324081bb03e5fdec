package dev.ballast.dataplane.server.relay.udp;

import dev.ballast.dataplane.core.admission.ServiceAdmission;
import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.source.SourceRanges;
import dev.ballast.dataplane.server.relay.backend.Backend;
import dev.ballast.dataplane.server.relay.datagram.DatagramAddress;
import dev.ballast.dataplane.server.relay.datagram.DatagramBatch;
import dev.ballast.dataplane.server.relay.session.FlowEviction;
import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.Worker;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The flows of one binding on one worker. */
final class UdpFlowTable implements FlowEviction.Flows {

  private final Worker worker;
  private final ListenerContext context;
  private final UdpReceiver receiver;
  private final RecentFlows recentFlows;

  /** The address and port of the binding. */
  private final DatagramAddress destination;

  /** In the order of access: the flow that was idle for longest comes first. */
  private final LinkedHashMap<DatagramAddress, UdpFlow> flows =
      new LinkedHashMap<>(16, 0.75f, true);

  private final Map<InetAddress, ClientFlows> clients = new HashMap<>();

  UdpFlowTable(
      Worker worker, ListenerContext context, UdpReceiver receiver, RecentFlows recentFlows) {
    this.worker = worker;
    this.context = context;
    this.receiver = receiver;
    this.recentFlows = recentFlows;
    Binding binding = context.binding();
    this.destination = DatagramAddress.of(binding.address(), binding.port());
    worker.flowEviction().add(this);
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
      used(flow);
      return flow;
    }
    Set<Backend> exclude = Set.of();
    if (flow != null) {
      exclude = flow.refusedBy();
      flow.reset();
    }
    InetAddress address = client.address(); // each call makes one
    if (!context.allows(address)
        || !context.admitsFlow(address, worker, () -> evictOldestOf(address))) {
      return null;
    }
    UdpFlow made = new UdpFlow(this, worker, context, client, sources);
    if (!made.start(exclude)) {
      return null;
    }
    flows.put(client, made);
    clients.computeIfAbsent(made.clientAddress(), first -> new ClientFlows()).add(made);
    return made;
  }

  private static void used(UdpFlow flow) {
    ClientFlows ofClient = flow.ofClient;
    if (ofClient != null) {
      ofClient.used(flow);
    }
  }

  @Override
  public ServiceAdmission admission() {
    return context.backends().admission();
  }

  @Override
  public boolean isEmpty() {
    return flows.isEmpty();
  }

  @Override
  public void evictOldest() {
    evict(flows.firstEntry().getValue());
  }

  private boolean evictOldestOf(InetAddress client) {
    ClientFlows ofClient = clients.get(client);
    UdpFlow oldest = ofClient == null ? null : ofClient.oldest();
    if (oldest == null) {
      return false;
    }
    evict(oldest);
    return true;
  }

  private void evict(UdpFlow flow) {
    flow.reset();
    context.backends().traffic().flowEvicted();
  }

  /** Sends the received datagrams to a client. What the socket does not accept is dropped. */
  void sendToClient(DatagramBatch datagrams, int count, DatagramAddress client) {
    UdpFlow flow = flows.get(client); // moves it to the end of the access order
    if (flow != null) {
      used(flow);
    }
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
    ClientFlows ofClient = flow.ofClient;
    if (ofClient != null) {
      ofClient.remove(flow);
      if (ofClient.isEmpty()) {
        clients.remove(flow.clientAddress());
      }
    }
  }

  /** The binding is served no longer. */
  void close() {
    while (!flows.isEmpty()) {
      flows.firstEntry().getValue().reset();
    }
    worker.flowEviction().remove(this);
  }
}
