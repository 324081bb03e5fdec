package dev.ballast.dataplane.server.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.failure.Heartbeat;
import dev.ballast.dataplane.core.failure.Heartbeat.SenderState;
import dev.ballast.dataplane.server.heartbeat.HeartbeatCodec.DecodeResult;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.crypto.Mac;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HeartbeatCodecTest {

  private static final String KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
  private static final String OTHER = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";

  private final HeartbeatCodec codec = new HeartbeatCodec();
  private final ByteBuffer buffer = ByteBuffer.allocate(HeartbeatCodec.MAX_BYTES);

  @ParameterizedTest
  @EnumSource(SenderState.class)
  void a_heartbeat_is_what_was_sent(SenderState state) {
    var sent = new Heartbeat("worker-1", 1_764_000_000_123L, 42, state, Set.of("worker-2", "ü"));

    codec.encode(sent, keys(KEY).getFirst(), buffer);

    assertThat(codec.decode(buffer, keys(KEY))).isEqualTo(new DecodeResult.Decoded(sent));
  }

  @Test
  void any_of_the_keys_verifies_a_heartbeat() {
    Heartbeat sent = heartbeat(Set.of());

    codec.encode(sent, keys(OTHER).getFirst(), buffer);

    assertThat(codec.decode(buffer, keys(KEY + "\n" + OTHER)))
        .isEqualTo(new DecodeResult.Decoded(sent));
  }

  @Test
  void every_changed_bit_is_noticed() {
    codec.encode(heartbeat(Set.of("worker-2")), keys(KEY).getFirst(), buffer);

    for (int bit = 0; bit < buffer.limit() * 8; bit++) {
      byte[] changed = new byte[buffer.limit()];
      buffer.get(0, changed);
      changed[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(codec.decode(ByteBuffer.wrap(changed), keys(KEY)))
          .as("bit %d", bit)
          .isNotInstanceOf(DecodeResult.Decoded.class);
    }
  }

  @Test
  void every_shorter_datagram_is_refused() {
    codec.encode(heartbeat(Set.of("worker-2")), keys(KEY).getFirst(), buffer);

    for (int length = 0; length < buffer.limit(); length++) {
      byte[] shorter = new byte[length];
      buffer.get(0, shorter);
      assertThat(codec.decode(ByteBuffer.wrap(shorter), keys(KEY)))
          .as("%d bytes", length)
          .isNotInstanceOf(DecodeResult.Decoded.class);
    }
  }

  @Test
  void a_heartbeat_with_another_key_is_not_verified() {
    codec.encode(heartbeat(Set.of()), keys(OTHER).getFirst(), buffer);

    assertThat(codec.decode(buffer, keys(KEY))).isEqualTo(new DecodeResult.NotVerified());
  }

  @Test
  void a_datagram_of_another_program_is_foreign() {
    ByteBuffer other = ByteBuffer.wrap(new byte[100]);

    assertThat(codec.decode(other, keys(KEY))).isEqualTo(new DecodeResult.Foreign());
  }

  @Test
  void what_a_later_version_appends_is_skipped() {
    Heartbeat sent = heartbeat(Set.of("worker-2"));
    Mac key = keys(KEY).getFirst();
    codec.encode(sent, key, buffer);
    byte[] later = new byte[buffer.limit() + 8];
    buffer.get(0, later, 0, buffer.limit() - 16);
    later[4] = 2;

    key.update(later, 0, later.length - 16);
    System.arraycopy(key.doFinal(), 0, later, later.length - 16, 16);

    assertThat(codec.decode(ByteBuffer.wrap(later), keys(KEY)))
        .isEqualTo(new DecodeResult.Decoded(sent));
  }

  @Test
  void a_heartbeat_with_a_thousand_suspected_nodes_fits_into_one_datagram() {
    Set<String> nodes =
        IntStream.range(0, 1000).mapToObj("worker-%d"::formatted).collect(Collectors.toSet());

    codec.encode(heartbeat(nodes), keys(KEY).getFirst(), buffer);

    assertThat(buffer.limit()).isLessThanOrEqualTo(HeartbeatCodec.MAX_BYTES);
    assertThat(codec.decode(buffer, keys(KEY)))
        .isInstanceOfSatisfying(
            DecodeResult.Decoded.class,
            it -> assertThat(nodes).containsAll(it.heartbeat().suspected()));
  }

  private static Heartbeat heartbeat(Set<String> suspected) {
    return new Heartbeat("worker-1", 7, 42, SenderState.ELIGIBLE, suspected);
  }

  private static List<Mac> keys(String text) {
    return TestKeys.parse(text).authenticators();
  }
}
