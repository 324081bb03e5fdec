package dev.ballast.dataplane.core.source;

import java.net.InetAddress;
import java.util.List;

/**
 * {@code loadBalancerSourceRanges}: who may connect. A list without a range of the client's family
 * is one that the client is not in, as everywhere in Kubernetes; a list of which no range could be
 * read lets nobody in, because it was meant to keep somebody out.
 *
 * @param restricted whether there is a list at all
 * @param ranges those of the list that could be read
 */
public record SourceRanges(boolean restricted, List<Cidr> ranges) {

  /** No list: everybody may connect. */
  public static final SourceRanges UNRESTRICTED = new SourceRanges(false, List.of());

  public SourceRanges {
    ranges = List.copyOf(ranges);
  }

  /** Only clients of these ranges; with none of them, nobody. */
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
