package dev.ballast.dataplane.server.relay.udp;

import dev.ballast.dataplane.server.relay.datagram.DatagramAddress;
import dev.ballast.dataplane.server.relay.datagram.DatagramBatch;
import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.ListeningSocket;
import dev.ballast.dataplane.server.relay.session.Worker;
import dev.ballast.logging.LogKeys;
import io.netty.channel.epoll.LinuxSocket;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listening UDP socket of one worker, which feeds flows. The kernel sends the datagrams of a
 * client to the socket of one worker, as long as no socket is added or closed.
 */
abstract class UdpReceiver extends ListeningSocket {

  private static final Logger log = LoggerFactory.getLogger(UdpReceiver.class);

  /** System calls before other sessions of the loop have their turn. */
  private static final int MAX_CALLS_PER_EVENT = 16;

  /** A new flow costs a hundred times what a datagram of a known one does. */
  private static final long MAX_NANOS_PER_EVENT = TimeUnit.MILLISECONDS.toNanos(1);

  /** For the datagrams that wait for the loop; the kernel caps it at net.core.rmem_max. */
  static final int RECEIVE_BUFFER = 4 * 1024 * 1024;

  private final RecentFlows recentFlows = new RecentFlows();

  UdpReceiver(Worker worker, LinuxSocket socket) {
    super(worker, socket);
  }

  final UdpFlowTable flowTable(ListenerContext context) {
    return new UdpFlowTable(worker, context, this, recentFlows);
  }

  /** Receives datagrams from the socket, as {@link DatagramBatch#receive} does. */
  abstract int receive(DatagramBatch datagrams);

  /** The flows that a datagram is for; null when nothing serves its destination. */
  abstract @Nullable UdpFlowTable tableOf(DatagramBatch datagrams, int index);

  /** Whether {@link #tableOf} would return this table; allocates nothing. */
  abstract boolean isFor(UdpFlowTable table, DatagramBatch datagrams, int index);

  /** The hash code of the destination of a datagram. */
  abstract int destinationHash(DatagramBatch datagrams, int index);

  /**
   * Sends received datagrams to a client, from the address and port of the table's binding.
   *
   * @return how many were sent; 0 when the socket is full; negative when the first one failed
   */
  abstract int send(
      DatagramBatch datagrams, int from, int to, UdpFlowTable table, DatagramAddress client);

  /** The address of this socket, for log lines. */
  abstract Object name();

  /** Ends all flows: without this socket nothing reaches their clients. */
  abstract void endFlows();

  @Override
  protected final void readable() {
    receive();
  }

  /** Receives all waiting datagrams, in several steps. */
  private void receive() {
    DatagramBatch datagrams = worker.datagrams();
    long began = System.nanoTime();
    for (int call = 0; call < MAX_CALLS_PER_EVENT; call++) {
      if (!socket.isOpen()) {
        return;
      }
      int count = receive(datagrams);
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
      if (System.nanoTime() - began > MAX_NANOS_PER_EVENT) {
        break;
      }
    }
    worker.executeAfterPoll(this::receive);
  }

  /** Forwards consecutive datagrams of one client to one binding together. */
  private void forward(DatagramBatch datagrams, int count) {
    int from = 0;
    while (from < count) {
      UdpFlow recent = recentFlow(datagrams, from);
      // Mostly found: then nothing is allocated.
      DatagramAddress client = recent == null ? datagrams.client(from) : recent.client();
      UdpFlowTable table = recent == null ? tableOf(datagrams, from) : recent.table();
      int to = from + 1;
      if (table != null) {
        while (to < count && datagrams.isFrom(to, client) && isFor(table, datagrams, to)) {
          to++;
        }
        table.forward(client, datagrams, from, to);
      }
      from = to;
    }
  }

  private @Nullable UdpFlow recentFlow(DatagramBatch datagrams, int index) {
    UdpFlow flow = recentFlows.find(datagrams.clientHash(index), destinationHash(datagrams, index));
    return flow != null
            && datagrams.isFrom(index, flow.client())
            && isFor(flow.table(), datagrams, index)
        ? flow
        : null;
  }

  private void pause(int errno) {
    log.atWarn()
        .addKeyValue(LogKeys.FRONTEND, name())
        .addKeyValue(LogKeys.CAUSE, "errno " + errno)
        .log("Cannot receive datagrams, retrying. Check whether the node is out of memory");
    retryLater(this::receive);
  }

  @Override
  public void close() {
    endFlows();
    super.close();
  }
}
