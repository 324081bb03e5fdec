package dev.ballast.dataplane.server.steering;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Optional;

/**
 * Marks the tables of one process by a random number in their user data. So a process sees that
 * another one, which started later, has replaced them. A file of {@code nft list ruleset} does not
 * keep it.
 */
final class TableOwner {

  /** A type that the nft program does not know; the length of the number follows. */
  private static final byte TYPE = 66;

  private static final int NUMBER = 8;

  private final byte[] userData;

  private TableOwner(byte[] userData) {
    this.userData = userData;
  }

  static TableOwner random() {
    byte[] number = new byte[NUMBER];
    new SecureRandom().nextBytes(number);
    byte[] userData = new byte[2 + NUMBER];
    userData[0] = TYPE;
    userData[1] = NUMBER;
    System.arraycopy(number, 0, userData, 2, NUMBER);
    return new TableOwner(userData);
  }

  byte[] userData() {
    return userData.clone();
  }

  /**
   * Whether the table is of another process.
   *
   * @param found the user data; empty if there is no table
   */
  boolean isAnother(Optional<byte[]> found) {
    return found
        .filter(data -> data.length == userData.length && data[0] == TYPE)
        .filter(data -> !Arrays.equals(data, userData))
        .isPresent();
  }
}
