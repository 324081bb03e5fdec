package dev.ballast.dataplane.server.relay.udp;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.server.relay.datagram.DatagramAddress;
import dev.ballast.dataplane.server.relay.datagram.DatagramBatch;
import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.Worker;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * The UDP socket of one binding and worker. It is bound to the address itself, so that replies have
 * it as their source.
 */
public final class UdpListener extends UdpReceiver {

  private final UdpFlowTable table;

  private UdpListener(Worker worker, ListenerContext context, LinuxSocket socket) {
    super(worker, socket);
    this.table = flowTable(context);
  }

  static UdpListener open(Worker worker, ListenerContext context, boolean shared)
      throws IOException {
    Binding binding = context.binding();
    LinuxSocket socket = socket(binding);
    try {
      socket.setReusePort(shared);
      socket.setReceiveBufferSize(RECEIVE_BUFFER);
      socket.bind(new InetSocketAddress(binding.address(), binding.port()));
      return new UdpListener(worker, context, socket);
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
    LinuxSocket socket = newSocketDgram(binding.address());
    try {
      allowBindBeforeAddress(socket);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  @Override
  int receive(DatagramBatch datagrams) {
    return datagrams.receive(socket.intValue());
  }

  @Override
  UdpFlowTable tableOf(DatagramBatch datagrams, int index) {
    return table;
  }

  @Override
  boolean isFor(UdpFlowTable flowTable, DatagramBatch datagrams, int index) {
    return true;
  }

  @Override
  int destinationHash(DatagramBatch datagrams, int index) {
    return table.destination().hashCode();
  }

  @Override
  int send(
      DatagramBatch datagrams, int from, int to, UdpFlowTable flowTable, DatagramAddress client) {
    return socket.isOpen() ? datagrams.sendTo(socket.intValue(), from, to, client) : 0;
  }

  @Override
  Object name() {
    return table.context().binding();
  }

  @Override
  void endFlows() {
    table.close();
  }
}
