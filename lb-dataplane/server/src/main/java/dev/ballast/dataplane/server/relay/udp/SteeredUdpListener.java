package dev.ballast.dataplane.server.relay.udp;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.server.relay.datagram.DatagramAddress;
import dev.ballast.dataplane.server.relay.datagram.DatagramBatch;
import dev.ballast.dataplane.server.relay.session.ListenerContext;
import dev.ballast.dataplane.server.relay.session.SteeredEngine.PrivateAcceptor;
import dev.ballast.dataplane.server.relay.session.Worker;
import dev.ballast.dataplane.server.socket.RawUdpSocket;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The UDP socket of one worker for many bindings: the kernel steers their datagrams to it, and
 * tells their destinations. It cannot send from those addresses and ports, so a raw socket does.
 */
final class SteeredUdpListener extends UdpReceiver implements PrivateAcceptor {

  private static final int SOL_IP = 0;
  private static final int IP_RECVORIGDSTADDR = 20;
  private static final int SOL_IPV6 = 41;
  private static final int IPV6_RECVORIGDSTADDR = 74;

  private final RawUdpSocket toClients;
  private final InetSocketAddress at;
  private final Map<DatagramAddress, UdpFlowTable> tables = new HashMap<>();

  private SteeredUdpListener(
      Worker worker, LinuxSocket socket, RawUdpSocket toClients, InetSocketAddress at) {
    super(worker, socket);
    this.toClients = toClients;
    this.at = at;
  }

  static SteeredUdpListener open(Worker worker, InetSocketAddress at) throws IOException {
    LinuxSocket socket = newSocketDgram(at.getAddress());
    try {
      bind(socket, at);
      RawUdpSocket toClients = rawSocket(at);
      return new SteeredUdpListener(worker, socket, toClients, socket.localAddress());
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private static void bind(LinuxSocket socket, InetSocketAddress at) throws IOException {
    allowSteering(socket, at.getAddress());
    if (at.getAddress() instanceof Inet6Address) {
      socket.setIntOpt(SOL_IPV6, IPV6_RECVORIGDSTADDR, 1);
    } else {
      socket.setIntOpt(SOL_IP, IP_RECVORIGDSTADDR, 1);
    }
    socket.setReceiveBufferSize(RECEIVE_BUFFER);
    // With this option, the kernel could give the first socket the port of another process.
    boolean first = at.getPort() == 0;
    socket.setReusePort(!first);
    socket.bind(at);
    socket.setReusePort(true);
  }

  /** One socket of the node is told of ICMP errors, so the others need no copies of datagrams. */
  private static RawUdpSocket rawSocket(InetSocketAddress at) throws IOException {
    InetAddress wildcard =
        InetAddress.ofLiteral(at.getAddress() instanceof Inet6Address ? "::" : "0.0.0.0");
    return RawUdpSocket.open(at.getPort() == 0 ? wildcard : at.getAddress());
  }

  @Override
  int receive(DatagramBatch datagrams) {
    return datagrams.receiveSteered(socket.intValue());
  }

  @Override
  @Nullable UdpFlowTable tableOf(DatagramBatch datagrams, int index) {
    DatagramAddress destination = datagrams.destination(index);
    return destination == null ? null : tables.get(destination);
  }

  @Override
  boolean isFor(UdpFlowTable table, DatagramBatch datagrams, int index) {
    return datagrams.isTo(index, table.destination());
  }

  @Override
  int destinationHash(DatagramBatch datagrams, int index) {
    return datagrams.destinationHash(index);
  }

  @Override
  int send(DatagramBatch datagrams, int from, int to, UdpFlowTable table, DatagramAddress client) {
    return datagrams.sendRaw(toClients.descriptor(), from, to, table.destination(), client);
  }

  @Override
  Object name() {
    return at;
  }

  @Override
  public int port() {
    return at.getPort();
  }

  @Override
  public void register(ListenerContext context) {
    tables.computeIfAbsent(destinationOf(context), destination -> flowTable(context));
  }

  /** Nothing: a datagram that is not received may be lost. */
  @Override
  public void acceptWaiting() {}

  @Override
  public void unregister(ListenerContext context) {
    UdpFlowTable table = tables.get(destinationOf(context));
    if (table != null && table.context() == context) {
      table.close();
      tables.remove(table.destination());
    }
  }

  private static DatagramAddress destinationOf(ListenerContext context) {
    Binding binding = context.binding();
    return DatagramAddress.of(binding.address(), binding.port());
  }

  @Override
  void endFlows() {
    tables.values().forEach(UdpFlowTable::close);
  }

  @Override
  public void close() {
    super.close();
    toClients.close();
  }
}
