package dev.ballast.dataplane.server.heartbeat;

import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys that the data planes of a cluster share. The first one signs. All of them are accepted,
 * so that a key can be replaced without a gap.
 *
 * @param usable the keys, as far as they have at least {@link #MIN_BYTES} bytes
 */
public record HeartbeatKeys(List<SecretKeySpec> usable) {

  /** The strength that RFC 2104 asks for at least, which is half of the hash. */
  static final int MIN_BYTES = 16;

  private static final String ALGORITHM = "HmacSHA256";

  public static final HeartbeatKeys NONE = new HeartbeatKeys(List.of());

  public HeartbeatKeys {
    usable = List.copyOf(usable);
  }

  /** One key in each line, in base64. Lines that are not keys are left out. */
  public static HeartbeatKeys parse(String text) {
    List<SecretKeySpec> keys = new ArrayList<>();
    for (String line : text.lines().map(String::strip).toList()) {
      try {
        byte[] key = Base64.getDecoder().decode(line);
        if (key.length >= MIN_BYTES) {
          keys.add(new SecretKeySpec(key, ALGORITHM));
        }
      } catch (IllegalArgumentException e) {
        // A line that a person has typed. The others count.
      }
    }
    return new HeartbeatKeys(keys);
  }

  boolean isEmpty() {
    return usable.isEmpty();
  }

  /** New authenticators, which one thread can use. */
  List<Mac> authenticators() {
    return usable.stream().map(HeartbeatKeys::authenticator).toList();
  }

  private static Mac authenticator(SecretKeySpec key) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac;
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }
}
