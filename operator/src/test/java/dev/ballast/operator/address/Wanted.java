package dev.ballast.operator.address;

import dev.ballast.operator.ipam.IpAddress;
import dev.ballast.operator.ipam.Request;
import dev.ballast.operator.ipam.Share;

/**
 * What a Service asks for.
 *
 * @param asked counts its requests: its address may move with each
 */
record Wanted(Share share, Request request, int asked) {

  boolean isNamed(String name) {
    return share.claimant().name().equals(name);
  }

  boolean asksForOne() {
    return request instanceof Request.Wishes(var wishes) && wishes.getFirst().address() != null;
  }

  boolean asksFor(IpAddress address) {
    return request instanceof Request.Wishes(var wishes)
        && address.equals(wishes.getFirst().address());
  }
}
