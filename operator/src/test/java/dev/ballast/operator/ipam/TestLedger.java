package dev.ballast.operator.ipam;

import java.util.List;

/** A ledger told what most tests have to tell: pools without rules, Services without labels. */
public final class TestLedger {

  public static void putPool(Ledger ledger, String name, List<AddressRange> ranges) {
    ledger.putPool(name, Offer.of(ranges), PoolPolicy.OPEN);
  }

  public static Choice choose(Ledger ledger, Share share, Wish wish) {
    return ledger.choose(share, wish, Standing.PLAIN);
  }

  static boolean grants(Ledger ledger, Share share, IpAddress address, Wish wish) {
    return ledger.grants(share, address, wish, Standing.PLAIN);
  }

  static void observe(
      Ledger ledger, IpAddress address, List<Share> shares, long version, long since) {
    ledger.observe(address, new Hold(shares, "", null, version, since));
  }

  private TestLedger() {}
}
