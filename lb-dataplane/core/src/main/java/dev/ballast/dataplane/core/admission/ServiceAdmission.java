package dev.ballast.dataplane.core.admission;

import dev.ballast.dataplane.core.plan.ConnectionLimits;
import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Admits the connections and UDP flows of one Service, by its limits and by the budget of the node.
 * Thread-safe: every worker asks it for each new connection.
 */
public final class ServiceAdmission {

  /** What the connections of one client use. Changed only inside {@code compute} of its key. */
  private static final class ClientUsage {
    private int connections;
    private int descriptors;
  }

  /** What a connection takes of the node. */
  public enum ConnectionType {
    /** A socket to the client and one to the backend. */
    TCP(2, 0),
    /** A socket to the backend, which has a local port of its own. */
    UDP(1, 1);

    private final int descriptors;
    private final int udpPorts;

    ConnectionType(int descriptors, int udpPorts) {
      this.descriptors = descriptors;
      this.udpPorts = udpPorts;
    }
  }

  private final ResourceUsage descriptors;
  private final ResourceUsage udpPorts;
  private final ResourceUsage affinityEntries;
  private final RateLimit rate;
  private final AtomicInteger connections = new AtomicInteger();
  private final ConcurrentMap<InetAddress, ClientUsage> clients = new ConcurrentHashMap<>();

  public ServiceAdmission(NodeBudget budget, long nowNanos) {
    this.descriptors = new ResourceUsage(budget.descriptors());
    this.udpPorts = new ResourceUsage(budget.udpPorts());
    this.affinityEntries = new ResourceUsage(budget.affinityEntries());
    this.rate = new RateLimit(nowNanos);
  }

  /** Takes what the connection needs when it is admitted, and nothing otherwise. */
  public AdmissionResult admit(
      InetAddress client, ConnectionType type, ConnectionLimits limits, long nowNanos) {
    AdmissionResult service = admitService(type, limits, nowNanos);
    if (service != AdmissionResult.ADMITTED) {
      return service;
    }
    AdmissionResult byClient = admitClient(client, type, limits);
    if (byClient != AdmissionResult.ADMITTED) {
      releaseService(type);
    }
    return byClient;
  }

  /** Returns what an admitted connection has taken. */
  public void release(InetAddress client, ConnectionType type) {
    clients.computeIfPresent(
        client,
        (address, usage) -> {
          usage.connections--;
          usage.descriptors -= type.descriptors;
          return usage.connections == 0 ? null : usage;
        });
    releaseService(type);
  }

  /** The Service is gone. Connections that are still open may be released later. */
  public void unregister() {
    descriptors.unregister();
    udpPorts.unregister();
    affinityEntries.unregister();
  }

  /** The Service's part of the affinity entries of the node. */
  public ResourceUsage affinityEntries() {
    return affinityEntries;
  }

  /** Open connections and UDP flows. */
  public int connections() {
    return connections.get();
  }

  private AdmissionResult admitService(
      ConnectionType type, ConnectionLimits limits, long nowNanos) {
    if (connections.incrementAndGet() > limits.connections()) {
      connections.decrementAndGet();
      return AdmissionResult.SERVICE_LIMIT;
    }
    AdmissionResult result = descriptors.tryAcquire(type.descriptors);
    if (result == AdmissionResult.ADMITTED && type.udpPorts > 0) {
      result = udpPorts.tryAcquire(type.udpPorts);
      if (result != AdmissionResult.ADMITTED) {
        descriptors.release(type.descriptors);
      }
    }
    if (result != AdmissionResult.ADMITTED) {
      connections.decrementAndGet();
      return result;
    }
    // Last, so that a connection that is rejected anyway takes no token.
    if (limits.newConnectionsPerSecond() != ConnectionLimits.UNLIMITED
        && !rate.tryAcquire(limits.newConnectionsPerSecond(), nowNanos)) {
      releaseService(type);
      return AdmissionResult.SERVICE_RATE;
    }
    return AdmissionResult.ADMITTED;
  }

  private void releaseService(ConnectionType type) {
    descriptors.release(type.descriptors);
    if (type.udpPorts > 0) {
      udpPorts.release(type.udpPorts);
    }
    connections.decrementAndGet();
  }

  private AdmissionResult admitClient(
      InetAddress client, ConnectionType type, ConnectionLimits limits) {
    // A holder for the result of the function, which the map calls exactly once.
    AdmissionResult[] result = {AdmissionResult.ADMITTED};
    clients.compute(
        client,
        (address, known) -> {
          ClientUsage usage = known == null ? new ClientUsage() : known;
          result[0] = admitClient(usage, type, limits);
          if (result[0] == AdmissionResult.ADMITTED) {
            usage.connections++;
            usage.descriptors += type.descriptors;
          }
          return usage.connections == 0 ? null : usage;
        });
    return result[0];
  }

  private AdmissionResult admitClient(
      ClientUsage usage, ConnectionType type, ConnectionLimits limits) {
    if (usage.connections >= limits.connectionsPerClient()) {
      return AdmissionResult.CLIENT_LIMIT;
    }
    int share =
        type.udpPorts > 0
            ? Math.min(descriptors.fairShareOfClient(), udpPorts.fairShareOfClient())
            : descriptors.fairShareOfClient();
    // A client without a connection gets one as long as the Service does.
    return usage.connections > 0 && usage.descriptors + type.descriptors > share
        ? AdmissionResult.CLIENT_SHARE
        : AdmissionResult.ADMITTED;
  }
}
