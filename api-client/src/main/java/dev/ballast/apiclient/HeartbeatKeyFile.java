package dev.ballast.apiclient;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.fabric8.kubernetes.api.model.Secret;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The keys with which nodes authenticate their heartbeats and claims: the text of the entry {@link
 * #ENTRY} of a Secret. One line is one key in standard base64. The first key signs, and all are
 * accepted. Blank lines have no meaning.
 *
 * @param keys valid keys, in the order of the lines
 * @param invalidLines numbers from 1 of lines that are neither blank nor a key
 */
public record HeartbeatKeyFile(List<byte[]> keys, List<Integer> invalidLines) {

  /** The key of the Secret's data. */
  public static final String ENTRY = "keys";

  /** A key of HMAC-SHA256 is as long as its hash (RFC 2104, section 3). */
  public static final int KEY_BYTES = 32;

  public HeartbeatKeyFile {
    keys = List.copyOf(keys);
    invalidLines = List.copyOf(invalidLines);
  }

  /** The entry {@link #ENTRY} of a Secret; no key without it. */
  public static HeartbeatKeyFile of(Secret secret) {
    Map<String, String> data = Objects.requireNonNullElse(secret.getData(), Map.of());
    return parse(new String(Base64.getDecoder().decode(data.getOrDefault(ENTRY, "")), US_ASCII));
  }

  /** Never throws. A line that is not base64 of at least {@link #KEY_BYTES} bytes is invalid. */
  public static HeartbeatKeyFile parse(String text) {
    List<byte[]> keys = new ArrayList<>();
    List<Integer> invalidLines = new ArrayList<>();
    List<String> lines = text.lines().map(String::strip).toList();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).isEmpty()) {
        continue;
      }
      byte[] key = decode(lines.get(i));
      if (key.length < KEY_BYTES) {
        invalidLines.add(i + 1);
      } else {
        keys.add(key);
      }
    }
    return new HeartbeatKeyFile(keys, invalidLines);
  }

  /** Empty if the text is not base64. */
  private static byte[] decode(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      return new byte[0];
    }
  }
}
