package dev.ballast.dataplane.server.claims;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.plan.Binding;
import dev.ballast.dataplane.core.plan.FiveTuple;
import dev.ballast.dataplane.core.plan.Protocol;
import dev.ballast.dataplane.server.handover.HandedOverFlows;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

@Tag("feature:faults")
class HandoverFrameTest {

  private static final InetAddress IPV4 = InetAddress.ofLiteral("198.18.100.7");
  private static final InetAddress IPV6 = InetAddress.ofLiteral("2001:db8::7");

  private static final List<ClaimFrame> FRAMES =
      List.of(
          new HandoverFrame.HandoverRequest(-3, Set.of(IPV4, IPV6)),
          new HandoverFrame.HandoverReady(Long.MIN_VALUE),
          new HandoverFrame.FlowList(flows(IPV4, "192.0.2.1", 2)),
          new HandoverFrame.FlowList(flows(IPV6, "2001:db8::1", 2)),
          new HandoverFrame.FlowsComplete(IPV6),
          new HandoverFrame.AddressesReleased(Set.of(IPV4)));

  private static HandedOverFlows flows(InetAddress address, String client, int count) {
    return new HandedOverFlows(
        address,
        "node-1",
        Duration.ofSeconds(29),
        IntStream.range(0, count)
            .mapToObj(
                i ->
                    new FiveTuple(
                        InetAddress.ofLiteral(client),
                        65_535 - i,
                        new Binding(address, 50_000, i % 2 == 0 ? Protocol.TCP : Protocol.UDP)))
            .toList());
  }

  @ParameterizedTest
  @FieldSource("FRAMES")
  void a_frame_is_decoded_as_it_was_encoded(ClaimFrame frame) {
    // When
    byte[] bytes = ClaimFrame.encode(frame);

    // Then
    assertThat(ClaimFrame.decode(ByteBuffer.wrap(bytes))).hasValue(frame);
  }

  @ParameterizedTest
  @FieldSource("FRAMES")
  void a_truncated_frame_is_malformed(ClaimFrame frame) {
    byte[] bytes = ClaimFrame.encode(frame);
    for (int length = 0; length < bytes.length; length++) {
      assertThat(ClaimFrame.decode(ByteBuffer.wrap(bytes, 0, length))).isEmpty();
    }
  }

  @Test
  void many_flows_are_split_into_frames_that_fit() {
    // Given
    HandedOverFlows flows = flows(IPV6, "2001:db8::1", 6000);

    // When
    List<ClaimFrame> frames = HandoverFrame.flowLists(flows);

    // Then
    assertThat(frames)
        .hasSize(3)
        .allSatisfy(
            frame ->
                assertThat(ClaimFrame.decode(ByteBuffer.wrap(ClaimFrame.encode(frame))))
                    .hasValue(frame));
  }
}
