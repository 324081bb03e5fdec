package dev.ballast.dataplane.server.heartbeat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.core.failure.Heartbeat;
import dev.ballast.dataplane.core.failure.Heartbeat.SenderState;
import dev.ballast.dataplane.core.failure.HeartbeatContent;
import dev.ballast.dataplane.core.failure.NodeObservation;
import dev.ballast.dataplane.core.failure.NodeObservation.Kind;
import dev.ballast.dataplane.server.heartbeat.HeartbeatCodec.DecodeResult;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HeartbeatCodecTest {

  private static final String KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
  private static final String OTHER = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";

  private final HeartbeatCodec codec = new HeartbeatCodec("worker-1");
  private final ByteBuffer buffer = ByteBuffer.allocate(HeartbeatCodec.MAX_BYTES);

  @ParameterizedTest
  @EnumSource(SenderState.class)
  void a_heartbeat_is_what_was_sent(SenderState state) {
    var content = HeartbeatContent.of(state, Set.of("worker-2", "ü"));
    var sent = new Heartbeat("worker-1", 1_764_000_000_123L, 42, content);

    encode(sent, KEY);

    assertThat(decoded(buffer, KEY)).isEqualTo(sent);
  }

  @Test
  void any_of_the_keys_verifies_a_heartbeat() {
    Heartbeat sent = heartbeat(Set.of());

    encode(sent, OTHER);

    assertThat(decoded(buffer, KEY + "\n" + OTHER)).isEqualTo(sent);
  }

  @Test
  void every_changed_bit_is_noticed() {
    encode(heartbeat(Set.of("worker-2")), KEY);

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
    encode(heartbeat(Set.of("worker-2")), KEY);

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
    encode(heartbeat(Set.of()), OTHER);

    assertThat(codec.decode(buffer, keys(KEY))).isEqualTo(DecodeResult.NOT_VERIFIED);
  }

  @Test
  void a_datagram_of_another_program_is_foreign() {
    ByteBuffer other = ByteBuffer.wrap(new byte[100]);

    assertThat(codec.decode(other, keys(KEY))).isEqualTo(DecodeResult.FOREIGN);
  }

  @Test
  void what_a_later_version_appends_is_skipped() {
    Heartbeat sent = heartbeat(Set.of("worker-2"));
    encode(sent, KEY);
    byte[] later = new byte[buffer.limit() + 8];
    buffer.get(0, later, 0, buffer.limit() - 16);
    later[4] = 2;

    keys(KEY).getFirst().sign(later, later.length - 16, 16);

    assertThat(decoded(ByteBuffer.wrap(later), KEY)).isEqualTo(sent);
  }

  @Test
  void a_heartbeat_with_a_thousand_suspected_nodes_fits_into_one_datagram() {
    Set<String> nodes =
        IntStream.range(0, 1000).mapToObj("worker-%d"::formatted).collect(Collectors.toSet());

    encode(heartbeat(nodes), KEY);

    assertThat(buffer.limit()).isLessThanOrEqualTo(HeartbeatCodec.MAX_BYTES);
    assertThat(nodes).containsAll(decoded(buffer, KEY).content().suspected());
  }

  @Test
  void what_nodes_have_observed_is_what_was_sent() {
    // Given
    var observations =
        List.of(
            new NodeObservation(-1, Long.MIN_VALUE, Kind.SUSPECTED, -7, 0),
            new NodeObservation(2, 3, Kind.HEARD, Integer.MAX_VALUE, 599),
            new NodeObservation(4, 5, Kind.ENDED, 1, 16_383));
    var content =
        new HeartbeatContent(
            SenderState.ELIGIBLE, Set.of("worker-2"), Set.of("worker-3", "ü"), true, observations);
    var sent = new Heartbeat("worker-1", 7, 42, content);

    // When
    encode(sent, KEY);

    // Then
    assertThat(decoded(buffer, KEY)).isEqualTo(sent);
  }

  @Test
  void observations_without_room_are_left_out() {
    // Given
    var observation = new NodeObservation(1, 2, Kind.SUSPECTED, 3, 4);
    Set<String> suspected =
        IntStream.range(0, 8).mapToObj(i -> "n".repeat(63) + i).collect(Collectors.toSet());
    var content =
        new HeartbeatContent(
            SenderState.ELIGIBLE,
            suspected,
            Set.of(),
            false,
            Collections.nCopies(200, observation));

    // When
    encode(new Heartbeat("worker-1", 7, 42, content), KEY);

    // Then
    assertThat(buffer.limit()).isBetween(1200, HeartbeatCodec.MAX_BYTES);
    HeartbeatContent received = decoded(buffer, KEY).content();
    assertThat(received.suspected()).isEqualTo(suspected);
    assertThat(received.observations()).hasSizeBetween(20, 40).containsOnly(observation);
  }

  @Test
  void equal_contents_of_a_sender_are_one_object_and_those_of_others_are_apart() {
    // Given
    HeartbeatCodec other = new HeartbeatCodec("worker-9");
    encode(heartbeat(Set.of("worker-2")), KEY);
    HeartbeatContent first = decoded(buffer, KEY).content();

    // When
    encode(heartbeat(Set.of("worker-2")), KEY);
    HeartbeatContent second = decoded(buffer, KEY).content();
    encode(heartbeat(Set.of()), KEY);
    HeartbeatContent changed = decoded(buffer, KEY).content();
    other.encode(1, 1, first, keys(KEY).getFirst(), buffer);
    Heartbeat third = decoded(buffer, KEY);

    // Then
    assertThat(second).isSameAs(first);
    assertThat(changed.suspected()).isEmpty();
    assertThat(third.node()).isEqualTo("worker-9");
    assertThat(third.content()).isEqualTo(first);
  }

  @Test
  void a_thousand_senders_are_told_apart() {
    // Given
    List<String> names = IntStream.range(0, 1000).mapToObj("worker-%d"::formatted).toList();

    // When
    List<String> received = new ArrayList<>();
    for (String name : names) {
      new HeartbeatCodec(name)
          .encode(1, 1, heartbeat(Set.of()).content(), keys(KEY).getFirst(), buffer);
      received.add(decoded(buffer, KEY).node());
    }

    // Then
    assertThat(received).isEqualTo(names);
  }

  @Test
  void tags_are_those_of_the_platform() throws GeneralSecurityException {
    // Given
    Mac platform = Mac.getInstance("HmacSHA256");

    for (int length : List.of(0, 1, 55, 64, 65, 500)) {
      byte[] key = new byte[length + 1];
      Arrays.fill(key, (byte) length);
      byte[] data = new byte[length + 32];
      Arrays.fill(data, (byte) (length * 7));
      platform.init(new SecretKeySpec(key, "HmacSHA256"));
      platform.update(data, 0, length);
      byte[] expected = platform.doFinal();

      // When
      new HmacSha256(key).sign(data, length, 32);

      // Then
      assertThat(Arrays.copyOfRange(data, length, length + 32)).isEqualTo(expected);
    }
  }

  private void encode(Heartbeat heartbeat, String key) {
    codec.encode(
        heartbeat.incarnation(),
        heartbeat.sequence(),
        heartbeat.content(),
        keys(key).getFirst(),
        buffer);
  }

  private Heartbeat decoded(ByteBuffer datagram, String keys) {
    DecodeResult result = codec.decode(datagram, keys(keys));
    assertThat(result).isInstanceOf(DecodeResult.Decoded.class);
    return ((DecodeResult.Decoded) result).heartbeat();
  }

  private static Heartbeat heartbeat(Set<String> suspected) {
    return new Heartbeat("worker-1", 7, 42, HeartbeatContent.of(SenderState.ELIGIBLE, suspected));
  }

  private static List<HmacSha256> keys(String text) {
    return TestKeys.parse(text).authenticators();
  }
}
