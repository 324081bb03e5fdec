package dev.ballast.dataplane.server.heartbeat;

import java.util.List;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys that the data planes of a cluster share. The first one signs. All of them are accepted,
 * so that a key can be replaced without a gap.
 */
public record HeartbeatKeys(List<SecretKeySpec> usable) {

  private static final String ALGORITHM = "HmacSHA256";

  public static final HeartbeatKeys NONE = new HeartbeatKeys(List.of());

  public HeartbeatKeys {
    usable = List.copyOf(usable);
  }

  public static HeartbeatKeys of(List<byte[]> keys) {
    return new HeartbeatKeys(keys.stream().map(key -> new SecretKeySpec(key, ALGORITHM)).toList());
  }

  /** Whether there is no key. */
  public boolean isEmpty() {
    return usable.isEmpty();
  }

  /** New authenticators, which one thread can use. */
  List<HmacSha256> authenticators() {
    return usable.stream().map(key -> new HmacSha256(key.getEncoded())).toList();
  }
}
