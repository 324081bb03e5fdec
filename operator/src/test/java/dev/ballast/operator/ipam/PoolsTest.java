package dev.ballast.operator.ipam;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A ledger for tests of what its pools do. */
abstract class PoolsTest {

  static final Claimant WEB = new Claimant("shop", "web", "uid-web");
  static final Claimant DB = new Claimant("shop", "db", "uid-db");
  static final IpAddress TEN = ip("192.0.2.10");
  static final IpAddress ELEVEN = ip("192.0.2.11");

  final Ledger ledger = new Ledger();

  Choice choose(Claimant claimant, @Nullable IpAddress address, @Nullable String pool) {
    return TestLedger.choose(ledger, Share.whole(claimant), new Wish(IpFamily.IPv4, address, pool));
  }

  static Choice barred(Barrier barrier) {
    return new Choice.Barred(IpFamily.IPv4, List.of(barrier));
  }

  static Offer ten() {
    return Offer.of(List.of(new AddressRange(TEN, TEN)));
  }

  static Hold held(Claimant claimant, String pool) {
    return new Hold(List.of(Share.whole(claimant)), pool, null, 5, 0);
  }

  static IpAddress ip(String text) {
    return IpAddress.parse(text).orElseThrow();
  }

  static Policy policy() {
    return new Policy();
  }
}
