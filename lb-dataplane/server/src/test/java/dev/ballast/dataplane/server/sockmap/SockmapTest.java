package dev.ballast.dataplane.server.sockmap;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.LinuxSocket;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Why the relay does not use the kernel's sockmap (ADR 14): its redirect duplicates bytes, and it
 * has no back-pressure. If a test fails, the kernel has improved: reconsider the ADR.
 */
class SockmapTest {

  /** More than all buffers of the four sockets together on any usual system. */
  private static final int BULK_BYTES = 256 * 1024 * 1024;

  private static final int SOL_TCP = 6;
  private static final int TCP_REPAIR = 19;
  private static final int TCP_REPAIR_QUEUE = 20;
  private static final int TCP_QUEUE_SEQ = 21;
  private static final int RECEIVING = 1;
  private static final int SENDING = 2;

  private ServerSocket listener;
  private Socket client;
  private Socket server;
  private LinuxSocket front;
  private LinuxSocket back;

  @BeforeEach
  void connect() throws IOException {
    Epoll.ensureAvailability();
    listener = new ServerSocket(0, 2, InetAddress.ofLiteral("127.0.0.1"));
    front = LinuxSocket.newSocketStream(false);
    front.connect(listener.getLocalSocketAddress());
    client = listener.accept();
    back = LinuxSocket.newSocketStream(false);
    back.connect(listener.getLocalSocketAddress());
    server = listener.accept();
    server.setSoTimeout(5000);
  }

  @AfterEach
  void close() throws IOException {
    for (Socket socket : new Socket[] {client, server}) {
      socket.setSoLinger(true, 0);
      socket.close();
    }
    front.close();
    back.close();
    listener.close();
  }

  @Test
  void retransmitted_bytes_arrive_twice() throws Exception {
    try (SockmapRedirect sockmapRedirect = redirect();
        Arena arena = Arena.ofConfined()) {
      // Given
      client.getOutputStream().write("abcdefghij".getBytes(US_ASCII));
      assertThat(server.getInputStream().readNBytes(10)).asString().isEqualTo("abcdefghij");

      // When: as a sender retransmits that has missed an acknowledgement (RFC 9293, 3.8.1)
      byte[] repeated = segment(-5, "fghijklmno");
      try {
        new SockmapLibc(arena).sendSegment(repeated);
      } catch (SockmapLibc.SyscallException e) {
        assumeTrue(!e.isOfRights(), "raw sockets are not permitted here: " + e.getMessage());
        throw e;
      }

      // Then
      assertThat(server.getInputStream().readNBytes(10)).asString().isEqualTo("fghijklmno");
    }
  }

  @Test
  void the_kernel_buffers_without_limit_for_a_reader_that_stalls() throws Exception {
    try (SockmapRedirect sockmapRedirect = redirect()) {
      // When
      byte[] piece = new byte[64 * 1024];
      long sent = 0;
      for (; sent < BULK_BYTES; sent += piece.length) {
        client.getOutputStream().write(piece); // would never return if the kernel stopped it
      }

      // Then
      assertThat(sent).isEqualTo(BULK_BYTES);
    }
  }

  private SockmapRedirect redirect() throws IOException {
    try {
      return SockmapRedirect.between(front.intValue(), back.intValue());
    } catch (SockmapLibc.SyscallException e) {
      assumeTrue(!e.isOfRights(), "bpf is not permitted here: " + e.getMessage());
      throw e;
    }
  }

  /** A segment from the client; {@code offset} is from the next expected byte. */
  private byte[] segment(int offset, String text) throws IOException {
    front.setIntOpt(SOL_TCP, TCP_REPAIR, 1);
    int sequence = queued(RECEIVING) + offset;
    int acknowledged = queued(SENDING);
    front.setIntOpt(SOL_TCP, TCP_REPAIR, 0);
    ByteBuffer segment = ByteBuffer.allocate(20 + text.length());
    segment.putShort((short) client.getLocalPort()).putShort((short) client.getPort());
    segment.putInt(sequence).putInt(acknowledged);
    segment.put((byte) (5 << 4)).put((byte) 0x18).putShort((short) 512); // PSH, ACK; window
    segment.putInt(0); // checksum, urgent pointer
    segment.put(text.getBytes(US_ASCII));
    return segment.putShort(16, checksum(segment)).array();
  }

  private int queued(int queue) throws IOException {
    front.setIntOpt(SOL_TCP, TCP_REPAIR_QUEUE, queue);
    return front.getIntOpt(SOL_TCP, TCP_QUEUE_SEQ);
  }

  /** RFC 9293, 3.1, with the pseudo-header of 127.0.0.1 to itself; of an even length. */
  private static short checksum(ByteBuffer segment) {
    int sum = 2 * (0x7f00 + 0x0001) + SOL_TCP + segment.capacity();
    for (int i = 0; i < segment.capacity(); i += 2) {
      sum += segment.getShort(i) & 0xffff;
    }
    while (sum > 0xffff) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (short) ~sum;
  }
}
