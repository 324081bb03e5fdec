package dev.ballast.dataplane.core.source;

import java.net.InetAddress;
import java.util.List;

/**
 * The clients that {@code loadBalancerSourceRanges} allows. A list without a range of the client's
 * IP family does not allow the client, as everywhere in Kubernetes. A list without a valid range
 * allows no client, because its intent is to restrict access.
 *
 * @param restricted whether the Service has a list
 * @param ranges the valid ranges of the list
 */
public record SourceRanges(boolean restricted, List<Cidr> ranges) {

  /** No list: every client is allowed. */
  public static final SourceRanges UNRESTRICTED = new SourceRanges(false, List.of());

  public SourceRanges {
    ranges = List.copyOf(ranges);
  }

  /** Allows only clients of these ranges; without ranges, no client. */
  public static SourceRanges only(List<Cidr> ranges) {
    return new SourceRanges(true, ranges);
  }

  public boolean allows(InetAddress client) {
    if (!restricted) {
      return true;
    }
    for (Cidr range : ranges) {
      if (range.contains(client)) {
        return true;
      }
    }
    return false;
  }
}
