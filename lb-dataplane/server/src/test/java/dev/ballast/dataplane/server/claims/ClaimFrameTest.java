package dev.ballast.dataplane.server.claims;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.claims.ClaimFrame.Complete;
import dev.ballast.dataplane.server.claims.ClaimFrame.Ping;
import dev.ballast.dataplane.server.claims.ClaimFrame.Unknown;
import dev.ballast.dataplane.server.claims.ClaimFrame.Update;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ClaimFrameTest {

  private static final Map<InetAddress, Long> EPOCHS =
      Map.of(
          InetAddress.ofLiteral("198.18.100.7"),
          3L,
          InetAddress.ofLiteral("2001:db8::7"),
          Long.MAX_VALUE);

  @Test
  void a_frame_is_decoded_as_it_was_encoded() {
    for (ClaimFrame frame : new ClaimFrame[] {new Update(EPOCHS), new Ping(-5), new Complete()}) {
      // When
      byte[] bytes = ClaimFrame.encode(frame);

      // Then
      assertThat(ClaimFrame.decode(ByteBuffer.wrap(bytes))).hasValue(frame);
    }
  }

  @Test
  void what_a_later_version_appends_is_skipped() {
    // Given
    byte[] bytes = ClaimFrame.encode(new Update(EPOCHS));

    // When
    var frame = ClaimFrame.decode(ByteBuffer.wrap(Arrays.copyOf(bytes, bytes.length + 20)));

    // Then
    assertThat(frame).hasValue(new Update(EPOCHS));
  }

  @Test
  void a_type_of_a_later_version_is_unknown() {
    assertThat(ClaimFrame.decode(ByteBuffer.wrap(new byte[] {99, 1, 2}))).hasValue(new Unknown(99));
  }

  @Test
  void a_truncated_frame_is_malformed() {
    byte[] bytes = ClaimFrame.encode(new Update(EPOCHS));
    for (int length = 0; length < bytes.length; length++) {
      assertThat(ClaimFrame.decode(ByteBuffer.wrap(bytes, 0, length))).isEmpty();
    }
  }

  @Test
  void random_bytes_cause_no_exception() {
    Random random = new Random(16);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(60)];
      random.nextBytes(bytes);
      if (bytes.length > 0) {
        bytes[0] = (byte) random.nextInt(16);
      }
      assertThat(ClaimFrame.decode(ByteBuffer.wrap(bytes))).isNotNull();
    }
  }

  @Test
  void many_claims_are_split_into_frames_that_fit() {
    // Given
    Map<InetAddress, Long> epochs = new HashMap<>();
    IntStream.range(0, 4001)
        .forEach(i -> epochs.put(InetAddress.ofLiteral("2001:db8::%x".formatted(i + 1)), 1L));

    // When
    List<ClaimFrame> frames = new ArrayList<>();
    ClaimFrame.updates(epochs).forEachRemaining(frames::add);

    // Then
    assertThat(frames).hasSize(3);
    Map<InetAddress, Long> all = new HashMap<>();
    for (ClaimFrame frame : frames) {
      assertThat(ClaimFrame.encode(frame)).hasSizeLessThanOrEqualTo(ClaimFrame.MAX_BYTES);
      if (frame instanceof Update(Map<InetAddress, Long> part)) {
        all.putAll(part);
      }
    }
    assertThat(all).isEqualTo(epochs);
  }
}
