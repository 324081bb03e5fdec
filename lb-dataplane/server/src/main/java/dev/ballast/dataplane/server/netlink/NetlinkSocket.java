package dev.ballast.dataplane.server.netlink;

import dev.ballast.dataplane.server.socket.ErrnoException;
import dev.ballast.dataplane.server.socket.RawSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A netlink(7) socket of one protocol. Either for requests and their replies, or for notifications.
 * Calls block for at most {@link RawSocket#TIMEOUT}. Not thread-safe.
 */
public final class NetlinkSocket implements AutoCloseable {

  /** {@code NETLINK_ROUTE}: routes, addresses and interfaces. */
  public static final int ROUTE = 0;

  /** {@code NETLINK_NETFILTER}: nftables. */
  public static final int NETFILTER = 12;

  /** The size of a struct nlmsghdr in bytes. */
  public static final int HEADER = 16;

  /** {@code NLMSG_ERROR}: a negative errno, or 0 as an acknowledgement. */
  public static final int ERROR = 2;

  /** {@code NLMSG_DONE}: the end of a dump. */
  public static final int DONE = 3;

  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW = 3;
  private static final int SOL_NETLINK = 270;
  private static final int NETLINK_ADD_MEMBERSHIP = 1;
  private static final int NETLINK_GET_STRICT_CHK = 12;
  private static final int LARGEST_MESSAGE = 64 * 1024;
  private static final int SOL_SOCKET = 1;
  private static final int SO_SNDBUFFORCE = 32;
  private static final int SO_RCVBUFFORCE = 33;

  /** struct sockaddr_nl { u16 family, pad; u32 pid, groups; }: pid 0 is the kernel. */
  private static final byte[] KERNEL =
      ByteBuffer.allocate(12).order(ByteOrder.nativeOrder()).putShort((short) AF_NETLINK).array();

  private final RawSocket socket;
  private int sequence;
  private int portId;

  private NetlinkSocket(RawSocket socket) {
    this.socket = socket;
  }

  /** Receives the messages of a reply or of a notification. */
  public interface MessageConsumer {
    /**
     * Handles one message.
     *
     * @param type of the struct nlmsghdr
     * @param message from its struct nlmsghdr on, in the byte order of the machine
     */
    void accept(int type, ByteBuffer message);
  }

  /** Opens a socket for requests. */
  public static NetlinkSocket open(int protocol) throws IOException {
    RawSocket socket = RawSocket.open("AF_NETLINK", AF_NETLINK, SOCK_RAW, protocol);
    // Makes the kernel filter a dump. Kernels before 4.20 lack it, so readers filter too.
    var unused = socket.setOption(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
    return new NetlinkSocket(socket);
  }

  /** Opens a socket that receives the notifications of these multicast groups. */
  public static NetlinkSocket subscribe(int protocol, int... groups) throws IOException {
    RawSocket socket = RawSocket.open("AF_NETLINK", AF_NETLINK, SOCK_RAW, protocol);
    try {
      // The kernel sends no notification to a socket without a port id.
      socket.bind(KERNEL);
      for (int group : groups) {
        if (!socket.setOption(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group)) {
          throw new IOException("the kernel rejects the netlink group " + group);
        }
      }
      return new NetlinkSocket(socket);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /**
   * Raises the limits of what the kernel keeps of this socket's messages, which is no memory that
   * is taken now. Needs NET_ADMIN; without it, the limits stay.
   *
   * @param bytes the limit of one call of {@link #send}, and of notifications that wait
   */
  public void setBufferSizes(int bytes) {
    var unused = socket.setOption(SOL_SOCKET, SO_SNDBUFFORCE, bytes);
    unused = socket.setOption(SOL_SOCKET, SO_RCVBUFFORCE, bytes);
  }

  /** The number of this socket, which a notification of its changes has; 0 before a reply. */
  public int portId() {
    return portId;
  }

  /** The sequence number for the next message. */
  public int nextSequence() {
    return ++sequence;
  }

  /** Sends one or several messages in one system call. */
  public void send(byte[] messages) throws IOException {
    socket.send(messages, KERNEL);
  }

  /**
   * Reads the reply to the message with the latest {@link #nextSequence()}, up to its
   * acknowledgement or the end of its dump.
   *
   * @throws ErrnoException when the kernel rejects the request
   */
  public void readReply(MessageConsumer consumer) throws IOException {
    readReply(sequence, consumer);
  }

  /**
   * Reads the reply to several messages that the kernel takes or rejects together. It acknowledges
   * the latest, and tells before which of them it rejects.
   *
   * @param first the sequence number of the first one
   * @throws ErrnoException when the kernel rejects one of the messages
   */
  public void readReply(int first, MessageConsumer consumer) throws IOException {
    while (true) {
      ByteBuffer buffer = receive();
      while (buffer.remaining() >= HEADER) {
        ByteBuffer message = next(buffer);
        int type = Short.toUnsignedInt(message.getShort(4));
        int number = message.getInt(8);
        if (number < first || number > sequence) {
          continue; // A reply to an earlier request that timed out or was rejected.
        }
        portId = message.getInt(12);
        if (type == ERROR || type == DONE) {
          int result = message.limit() >= HEADER + 4 ? message.getInt(HEADER) : 0;
          if (result != 0) {
            throw new ErrnoException("netlink", -result);
          }
          if (number == sequence) {
            return;
          }
          continue;
        }
        consumer.accept(type, message);
      }
    }
  }

  /**
   * Waits for notifications.
   *
   * @throws ErrnoException EAGAIN when there are none for a while; ENOBUFS when some were lost
   */
  public void readNotifications(MessageConsumer consumer) throws IOException {
    ByteBuffer buffer = receive();
    while (buffer.remaining() >= HEADER) {
      ByteBuffer message = next(buffer);
      consumer.accept(Short.toUnsignedInt(message.getShort(4)), message);
    }
  }

  private ByteBuffer receive() throws IOException {
    return ByteBuffer.wrap(socket.receive(LARGEST_MESSAGE)).order(ByteOrder.nativeOrder());
  }

  /** The message at the position of {@code buffer}, which moves to the one after it. */
  private static ByteBuffer next(ByteBuffer buffer) throws IOException {
    int start = buffer.position();
    int length = buffer.getInt(start);
    if (length < HEADER || length > buffer.remaining()) {
      throw new IOException("a netlink message of length " + length);
    }
    buffer.position(Math.min(buffer.limit(), start + ((length + 3) & ~3)));
    return buffer.slice(start, length).order(ByteOrder.nativeOrder());
  }

  @Override
  public void close() {
    socket.close();
  }
}
