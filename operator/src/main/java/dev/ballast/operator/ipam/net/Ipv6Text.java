package dev.ballast.operator.ipam.net;

/** Formats an IPv6 address as RFC 5952 recommends. */
final class Ipv6Text {

  /**
   * Section 4.2: the longest run of two or more zero groups becomes {@code ::}, the first of
   * equals.
   */
  static String format(int[] groups) {
    int runStart = -1;
    int runLength = 1;
    for (int i = 0; i < groups.length; i++) {
      int end = i;
      while (end < groups.length && groups[end] == 0) {
        end++;
      }
      if (end - i > runLength) {
        runStart = i;
        runLength = end - i;
      }
      i = Math.max(i, end);
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < groups.length; i++) {
      if (i == runStart) {
        text.append("::");
        i += runLength - 1;
        continue;
      }
      if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
        text.append(':');
      }
      text.append(Integer.toHexString(groups[i]));
    }
    return text.toString();
  }

  private Ipv6Text() {}
}
