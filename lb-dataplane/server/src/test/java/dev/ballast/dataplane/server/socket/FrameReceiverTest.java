package dev.ballast.dataplane.server.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.ballast.dataplane.server.announce.NetworkNamespace;
import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("feature:address")
class FrameReceiverTest {

  /** For local experiments (IEEE 802). No other program sends it. */
  private static final int ETHER_TYPE = 0x88b5;

  private static final Duration SLOW = Duration.ofMillis(500);

  @Test
  void a_decision_by_time_sees_the_frames_that_wait_behind_a_slow_handler() throws Exception {
    assumeTrue(NetworkNamespace.isRoot(), "packet sockets need root");
    // Given
    int loopback = NetworkInterface.getByName("lo").getIndex();
    List<Byte> handled = new CopyOnWriteArrayList<>();
    CountDownLatch handlingFirst = new CountDownLatch(1);
    try (PacketSocket sender = PacketSocket.forSending();
        FrameReceiver receiver =
            FrameReceiver.start(
                "test",
                PacketSocket.receiving(ETHER_TYPE),
                (frame, index) -> {
                  handlingFirst.countDown();
                  LockSupport.parkNanos(SLOW.toNanos());
                  handled.add(frame[14]);
                },
                FrameReceiverTest::fail)) {
      sender.send(frame(1), loopback);
      assertThat(handlingFirst.await(5, TimeUnit.SECONDS)).isTrue();
      sender.send(frame(2), loopback);

      // When
      receiver.receiveWaiting();

      // Then
      assertThat(handled).contains((byte) 1, (byte) 2);
    }
  }

  private static void fail(IOException cause) {
    throw new AssertionError(cause);
  }

  private static byte[] frame(int number) {
    return ByteBuffer.allocate(60).putShort(12, (short) ETHER_TYPE).put(14, (byte) number).array();
  }
}
