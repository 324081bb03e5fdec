package dev.ballast.dataplane.core.admission;

import dev.ballast.dataplane.core.plan.ConnectionLimits;

/**
 * What the connections of all Services of this node may use together. The rest of the process, and
 * of the node, keeps what is not in it: the connections to the API server, the admin server, health
 * checks and listeners; DNS and other programs of the host.
 *
 * @param descriptors of sockets: two for each TCP connection, one for each UDP flow
 * @param udpPorts local ports of UDP flows
 * @param affinityEntries clients that {@code sessionAffinity: ClientIP} remembers
 * @param tcpPortsPerBackend local ports of TCP connections to one address and port
 */
public record NodeBudget(
    SharedResource descriptors,
    SharedResource udpPorts,
    SharedResource affinityEntries,
    int tcpPortsPerBackend) {

  /** For the process itself: API server, admin server, health checks, listeners, files. */
  private static final int RESERVED_DESCRIPTORS = 2048;

  /** Of the heap, for the objects of connections; the rest is for Services and endpoints. */
  private static final int HEAP_PART = 3;

  /** Of one socket of a connection, measured with a heap histogram, and rounded up. */
  private static final int BYTES_PER_DESCRIPTOR = 1024;

  /** Of the heap, for affinity entries. */
  private static final int AFFINITY_HEAP_PART = 8;

  /** Of one affinity entry with its address, measured with a heap histogram, and rounded up. */
  private static final int BYTES_PER_AFFINITY_ENTRY = 160;

  /** Nothing limits connections. For tests and benches of the relay alone. */
  public static NodeBudget unlimited() {
    return new NodeBudget(
        SharedResource.unlimited(),
        SharedResource.unlimited(),
        SharedResource.unlimited(),
        ConnectionLimits.UNLIMITED);
  }

  /**
   * The budget that follows from the limits of the process.
   *
   * @param localPortsPercent how much of the local ports the relay may use, in percent
   */
  public static NodeBudget of(ProcessLimits limits, int localPortsPercent) {
    long reserved = Math.min(RESERVED_DESCRIPTORS, limits.descriptors() / 4);
    long byDescriptors = limits.descriptors() - reserved;
    long byHeap = limits.heapBytes() / HEAP_PART / BYTES_PER_DESCRIPTOR;
    int ports = (int) ((long) limits.localPorts() * localPortsPercent / 100);
    return new NodeBudget(
        new SharedResource(toInt(Math.min(byDescriptors, byHeap))),
        new SharedResource(ports),
        new SharedResource(
            toInt(limits.heapBytes() / AFFINITY_HEAP_PART / BYTES_PER_AFFINITY_ENTRY)),
        Math.max(1, ports));
  }

  private static int toInt(long value) {
    return (int) Math.min(Integer.MAX_VALUE / 2, value);
  }
}
