package dev.ballast.dataplane.server.diagnosis;

/**
 * Something on this node that can keep its addresses from working.
 *
 * @param message what is wrong, and why it matters
 * @param remedy what to do about it
 */
public record Finding(FindingReason reason, String message, String remedy) {

  public static Finding of(FindingReason reason) {
    return new Finding(reason, reason.meaning(), reason.remedy());
  }
}
