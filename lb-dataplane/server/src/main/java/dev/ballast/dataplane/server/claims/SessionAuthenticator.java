package dev.ballast.dataplane.server.claims;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Authenticates one connection. Both sides have sent a random nonce. Each proves that it has a key
 * by an HMAC-SHA256 of both, with its role, so that no proof can be replayed or sent back. From the
 * same, each direction derives a key of its own, which signs every frame with its number.
 */
final class SessionAuthenticator {

  static final int FRAME_TAG_BYTES = 16;

  private static final String ALGORITHM = "HmacSHA256";

  private final byte[] dialerHello;
  private final byte[] acceptorHello;

  /**
   * @param dialerHello the first frame of the node that has opened the connection
   * @param acceptorHello the first frame of the other one
   */
  SessionAuthenticator(byte[] dialerHello, byte[] acceptorHello) {
    this.dialerHello = dialerHello.clone();
    this.acceptorHello = acceptorHello.clone();
  }

  /** The proof of a side that it has the key. */
  byte[] proof(SecretKeySpec key, boolean dialer) {
    return sign(mac(key), "proof", dialer);
  }

  /** The key that the proof was made with. */
  Optional<SecretKeySpec> verify(byte[] proof, boolean dialer, List<SecretKeySpec> keys) {
    return keys.stream()
        .filter(key -> MessageDigest.isEqual(proof, proof(key, dialer)))
        .findFirst();
  }

  /** Signs the frames of a side. */
  Mac session(SecretKeySpec key, boolean dialer) {
    return mac(new SecretKeySpec(sign(mac(key), "session", dialer), ALGORITHM));
  }

  static byte[] tag(Mac session, long number, ByteBuffer frame) {
    session.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
    session.update(frame);
    return Arrays.copyOf(session.doFinal(), FRAME_TAG_BYTES);
  }

  private byte[] sign(Mac mac, String purpose, boolean dialer) {
    mac.update(
        ("ballast claims " + purpose + (dialer ? " dialer " : " acceptor ")).getBytes(US_ASCII));
    mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(dialerHello.length).flip());
    mac.update(dialerHello);
    mac.update(acceptorHello);
    return mac.doFinal();
  }

  private static Mac mac(SecretKeySpec key) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac;
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }
}
