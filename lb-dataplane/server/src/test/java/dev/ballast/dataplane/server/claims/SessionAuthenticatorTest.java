package dev.ballast.dataplane.server.claims;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class SessionAuthenticatorTest {

  private static final SecretKeySpec KEY = key("one");
  private static final SecretKeySpec OTHER = key("other");

  private final SessionAuthenticator session =
      new SessionAuthenticator(bytes("dialer"), bytes("acceptor"));

  @Test
  void a_proof_with_any_of_the_keys_is_accepted() {
    // When
    byte[] proof = session.proof(OTHER, true);

    // Then
    assertThat(session.verify(proof, true, List.of(KEY, OTHER))).hasValue(OTHER);
    assertThat(session.verify(proof, true, List.of(KEY))).isEmpty();
  }

  @Test
  void a_proof_cannot_be_sent_back_to_its_sender() {
    // When
    byte[] proof = session.proof(KEY, true);

    // Then
    assertThat(session.verify(proof, false, List.of(KEY))).isEmpty();
  }

  @Test
  void a_proof_cannot_be_replayed_in_another_session() {
    // Given
    var later = new SessionAuthenticator(bytes("dialer"), bytes("another nonce"));

    // When
    byte[] proof = session.proof(KEY, true);

    // Then
    assertThat(later.verify(proof, true, List.of(KEY))).isEmpty();
  }

  @Test
  void bytes_cannot_move_from_one_first_frame_to_the_other() {
    // Given
    var shifted = new SessionAuthenticator(bytes("dialera"), bytes("cceptor"));

    // When
    byte[] proof = session.proof(KEY, true);

    // Then
    assertThat(shifted.verify(proof, true, List.of(KEY))).isEmpty();
  }

  @Test
  void a_frame_has_another_tag_with_each_number_and_direction() {
    // When
    byte[] tag = tag(true, 0);

    // Then
    assertThat(tag).hasSize(16).isEqualTo(tag(true, 0));
    assertThat(tag(true, 1)).isNotEqualTo(tag);
    assertThat(tag(false, 0)).isNotEqualTo(tag);
  }

  private byte[] tag(boolean dialer, long number) {
    return SessionAuthenticator.tag(
        session.session(KEY, dialer), number, ByteBuffer.wrap(bytes("frame")));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(US_ASCII);
  }

  private static SecretKeySpec key(String text) {
    return new SecretKeySpec(bytes(text), "HmacSHA256");
  }
}
