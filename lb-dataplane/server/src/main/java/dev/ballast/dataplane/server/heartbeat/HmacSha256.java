package dev.ballast.dataplane.server.heartbeat;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * HMAC-SHA256 (RFC 2104) that allocates nothing. {@link javax.crypto.Mac} makes new arrays for each
 * tag. Not thread-safe.
 */
final class HmacSha256 {

  private static final int BLOCK_BYTES = 64;
  private static final int HASH_BYTES = 32;

  private final MessageDigest digest;
  private final byte[] inner = new byte[BLOCK_BYTES];
  private final byte[] outer = new byte[BLOCK_BYTES];
  private final byte[] hash = new byte[HASH_BYTES];

  HmacSha256(byte[] key) {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
    byte[] block = Arrays.copyOf(key.length > BLOCK_BYTES ? digest.digest(key) : key, BLOCK_BYTES);
    for (int i = 0; i < BLOCK_BYTES; i++) {
      inner[i] = (byte) (block[i] ^ 0x36);
      outer[i] = (byte) (block[i] ^ 0x5c);
    }
  }

  /** Writes the first bytes of the tag of what is before them. */
  void sign(byte[] data, int length, int tagBytes) {
    compute(data, length);
    System.arraycopy(hash, 0, data, length, tagBytes);
  }

  /** Whether the bytes after the data are the first ones of its tag. Takes the same time always. */
  boolean verifies(byte[] data, int length, int tagBytes) {
    compute(data, length);
    int difference = 0;
    for (int i = 0; i < tagBytes; i++) {
      difference |= hash[i] ^ data[length + i];
    }
    return difference == 0;
  }

  private void compute(byte[] data, int length) {
    try {
      digest.update(inner);
      digest.update(data, 0, length);
      digest.digest(hash, 0, HASH_BYTES);
      digest.update(outer);
      digest.update(hash);
      digest.digest(hash, 0, HASH_BYTES);
    } catch (DigestException e) {
      throw new IllegalStateException("a hash of SHA-256 has 32 bytes", e);
    }
  }
}
