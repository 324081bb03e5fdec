package dev.ballast.dataplane.server.relay.udp;

import org.jspecify.annotations.Nullable;

/** The flows of one client address, the one that was idle for longest first. */
final class ClientFlows {

  private @Nullable UdpFlow oldest;
  private @Nullable UdpFlow newest;

  @Nullable UdpFlow oldest() {
    return oldest;
  }

  boolean isEmpty() {
    return oldest == null;
  }

  void add(UdpFlow flow) {
    flow.olderOfClient = newest;
    if (newest == null) {
      oldest = flow;
    } else {
      newest.newerOfClient = flow;
    }
    newest = flow;
    flow.ofClient = this;
  }

  void remove(UdpFlow flow) {
    UdpFlow older = flow.olderOfClient;
    UdpFlow newer = flow.newerOfClient;
    if (older == null) {
      oldest = newer;
    } else {
      older.newerOfClient = newer;
    }
    if (newer == null) {
      newest = older;
    } else {
      newer.olderOfClient = older;
    }
    flow.olderOfClient = null;
    flow.newerOfClient = null;
    flow.ofClient = null;
  }

  /** The flow has carried a datagram. */
  void used(UdpFlow flow) {
    if (flow != newest) {
      remove(flow);
      add(flow);
    }
  }
}
