package dev.ballast.dataplane.server.firewall;

import static dev.ballast.dataplane.server.firewall.FirewallVerdict.ACCEPTS;
import static dev.ballast.dataplane.server.firewall.FirewallVerdict.MAY_DROP;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.accept;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.counter;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.drop;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.equal;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.goTo;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.jump;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.match;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.meta;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.notEqual;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.payload;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.rejectWithPortUnreachable;
import static dev.ballast.dataplane.server.nftables.NftablesExpression.socketTransparent;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ballast.dataplane.server.netlink.NetlinkAttributes;
import dev.ballast.dataplane.server.nftables.NftablesBaseChain;
import dev.ballast.dataplane.server.nftables.NftablesExpression;
import dev.ballast.dataplane.server.nftables.NftablesExpression.Header;
import dev.ballast.dataplane.server.nftables.NftablesExpression.Meta;
import dev.ballast.dataplane.server.nftables.NftablesHook;
import dev.ballast.dataplane.server.nftables.NftablesRule;
import dev.ballast.dataplane.server.nftables.NftablesTable;
import dev.ballast.dataplane.server.nftables.NftablesTable.Family;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class InputChainTest {

  private static final NftablesRule ACCEPT = rule(accept());
  private static final NftablesRule DROP = rule(drop());
  private static final NftablesRule REJECT = rule(counter(), rejectWithPortUnreachable());
  private static final NftablesRule LOG = rule(expression("log", new NetlinkAttributes()));
  private static final NftablesRule SSH =
      rule(payload(Header.TRANSPORT, 2, 2, 1), equal(1, (byte) 0, (byte) 22), accept());
  private static final NftablesRule DROP_SMTP =
      rule(payload(Header.TRANSPORT, 2, 2, 1), equal(1, (byte) 0, (byte) 25), drop());

  private static NftablesExpression expression(String name, NetlinkAttributes data) {
    return new NftablesExpression(name, data);
  }

  private static NftablesRule rule(NftablesExpression... expressions) {
    return new NftablesRule(1, List.of(expressions), Optional.empty());
  }

  private static byte[] word(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array();
  }

  /** As {@code ct state} with one of these states. */
  private static NftablesRule ctState(int states, NftablesExpression verdict) {
    var load = new NetlinkAttributes().bigEndian(1, 1).bigEndian(2, 0);
    return rule(
        expression("ct", load),
        NftablesExpression.and(1, word(states)),
        notEqual(1, new byte[4]),
        verdict);
  }

  /** As {@code fib daddr type}. */
  private static NftablesRule destinationType(int type, NftablesExpression verdict) {
    var load = new NetlinkAttributes().bigEndian(1, 1).bigEndian(2, 3).bigEndian(3, 2);
    return rule(expression("fib", load), equal(1, word(type)), verdict);
  }

  /** As {@code ip daddr 198.51.100.0/24} in a table of the family inet. */
  private static NftablesRule toNetwork(NftablesExpression verdict) {
    return rule(
        meta(Meta.NETWORK_PROTOCOL, 1),
        equal(1, (byte) 2),
        payload(Header.NETWORK, 16, 4, 1),
        NftablesExpression.and(1, (byte) -1, (byte) -1, (byte) -1, (byte) 0),
        equal(1, (byte) 198, (byte) 51, (byte) 100, (byte) 0),
        verdict);
  }

  private static NftablesRule onlyIpv6(NftablesExpression verdict) {
    return rule(meta(Meta.NETWORK_PROTOCOL, 1), equal(1, (byte) 10), verdict);
  }

  private static NftablesRule returns() {
    var verdict = new NetlinkAttributes().bigEndian(1, -5);
    var data = new NetlinkAttributes().bigEndian(1, 0);
    return rule(
        expression("immediate", data.nested(2, new NetlinkAttributes().nested(2, verdict))));
  }

  private static NftablesRule xtables(String match, int revision, int... info) {
    byte[] bytes = new byte[info.length];
    for (int i = 0; i < info.length; i++) {
      bytes[i] = (byte) info[i];
    }
    return rule(match(match, revision, bytes), counter(), accept());
  }

  private static NftablesRule target(String name) {
    return rule(counter(), expression("target", new NetlinkAttributes().text(1, name)));
  }

  private static NftablesRule socketIs(NftablesExpression compare) {
    return rule(socketTransparent(1), compare, accept());
  }

  private record Ruleset(boolean drops, Map<String, List<NftablesRule>> chains) {
    Ruleset(boolean drops, NftablesRule... rules) {
      this(drops, Map.of("input", List.of(rules)));
    }

    Ruleset with(String chain, NftablesRule... rules) {
      Map<String, List<NftablesRule>> all = new HashMap<>(chains);
      all.put(chain, List.of(rules));
      return new Ruleset(drops, all);
    }

    FirewallVerdict verdict(Family family, List<Packet> packets) {
      var base =
          new NftablesBaseChain(
              new NftablesTable(family, "filter"), "input", NftablesHook.input(0), "filter", drops);
      return new InputChain(base, chains).verdict(packets);
    }
  }

  private static Ruleset accepting(NftablesRule... rules) {
    return new Ruleset(false, rules);
  }

  private static Ruleset dropping(NftablesRule... rules) {
    return new Ruleset(true, rules);
  }

  private static Arguments row(String what, FirewallVerdict verdict, Ruleset ruleset) {
    return Arguments.of(what, verdict, ruleset);
  }

  static Stream<Arguments> rulesets() {
    return Stream.of(
        row("policy accept", ACCEPTS, accepting()),
        row("policy drop", MAY_DROP, dropping()),
        row("conditional drops", ACCEPTS, accepting(DROP_SMTP, ctState(1, drop()))),
        row("conditional accepts", MAY_DROP, dropping(SSH, ctState(6, accept()))),
        row("a drop at the end", MAY_DROP, accepting(SSH, DROP)),
        row("a reject at the end", MAY_DROP, accepting(SSH, LOG, REJECT)),
        row("the target REJECT at the end", MAY_DROP, accepting(SSH, target("REJECT"))),
        row("the target NFQUEUE", MAY_DROP, accepting(target("NFQUEUE"))),
        row("the target LOG", ACCEPTS, accepting(target("LOG"), ACCEPT, DROP)),
        row("a queue", MAY_DROP, accepting(rule(expression("queue", new NetlinkAttributes())))),
        row("an accept before the drop", ACCEPTS, dropping(DROP_SMTP, ACCEPT, DROP)),
        row("an accept after the drop", MAY_DROP, accepting(DROP, ACCEPT)),
        row("an unknown condition", MAY_DROP, dropping(lookup(), rule())),
        row(
            "a jump to a drop",
            MAY_DROP,
            accepting(rule(jump("user")), ACCEPT).with("user", SSH, DROP)),
        row("a jump to an accept", ACCEPTS, dropping(rule(jump("user"))).with("user", ACCEPT)),
        row(
            "a jump that comes back",
            ACCEPTS,
            accepting(rule(jump("user")), ACCEPT, DROP).with("user", SSH)),
        row(
            "a goto that does not come back",
            MAY_DROP,
            dropping(rule(goTo("user")), ACCEPT).with("user", SSH)),
        row(
            "a jump whose chain goes elsewhere comes back",
            ACCEPTS,
            dropping(rule(jump("user")), ACCEPT).with("user", rule(goTo("end")), DROP)),
        row(
            "a conditional jump to a drop",
            ACCEPTS,
            accepting(ctState(1, jump("log_drop"))).with("log_drop", LOG, DROP)),
        row(
            "a return before the drop",
            ACCEPTS,
            accepting(rule(jump("user"))).with("user", returns(), DROP)),
        row(
            "as ufw-not-local with a local destination",
            ACCEPTS,
            accepting(rule(jump("user"))).with("user", destinationType(2, goTo("end")), DROP)),
        row(
            "as ufw-not-local with a multicast destination",
            MAY_DROP,
            accepting(rule(jump("user"))).with("user", destinationType(5, goTo("end")), DROP)),
        row("ct state untracked", ACCEPTS, dropping(ctState(1 << 6, accept()))),
        row("ct state new", MAY_DROP, dropping(ctState(1 << 3, accept()))),
        row("socket transparent 1", ACCEPTS, dropping(socketIs(equal(1, (byte) 1)))),
        row("socket transparent 0", MAY_DROP, dropping(socketIs(equal(1, (byte) 0)))),
        row("socket transparent != 0", ACCEPTS, dropping(socketIs(notEqual(1, (byte) 0)))),
        row("-m socket --transparent", ACCEPTS, dropping(xtables("socket", 3, 1, 0, 0, 0))),
        row("-m socket", MAY_DROP, dropping(xtables("socket", 3, 0, 0, 0, 0))),
        row("-m socket of revision 0", MAY_DROP, dropping(xtables("socket", 0, 1))),
        row("-m comment", ACCEPTS, dropping(xtables("comment", 0, 'a', 0))),
        row("-m mark", MAY_DROP, dropping(xtables("mark", 1, 1, 0, 0, 0))),
        row("--dst-type LOCAL", ACCEPTS, dropping(xtables("addrtype", 1, 0, 0, 4, 0, 0, 0, 0, 0))),
        row("! --dst-type", MAY_DROP, dropping(xtables("addrtype", 1, 0, 0, 4, 0, 2, 0, 0, 0))),
        row("IPv6 dropped", MAY_DROP, accepting(onlyIpv6(drop()))),
        row("IPv6 accepted", MAY_DROP, dropping(onlyIpv6(accept()))),
        row("a range of addresses", MAY_DROP, dropping(toNetwork(accept()))));
  }

  private static NftablesRule lookup() {
    var data = new NetlinkAttributes().text(1, "set").bigEndian(2, 1);
    return rule(meta(Meta.TRANSPORT_PROTOCOL, 1), expression("lookup", data), accept());
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("rulesets")
  void the_verdict_for_any_packet_to_a_frontend(
      String what, FirewallVerdict verdict, Ruleset ruleset) {
    // When
    FirewallVerdict found = ruleset.verdict(Family.INET, Packet.ARBITRARY);

    // Then
    assertThat(found).as(what).isEqualTo(verdict);
  }

  private static FirewallVerdict verdictFor(Ruleset ruleset, String address) {
    return ruleset.verdict(Family.INET, List.of(Packet.to(InetAddress.ofLiteral(address))));
  }

  @Test
  void a_rule_for_a_range_counts_for_its_addresses_only() {
    // Given
    Ruleset ruleset = dropping(toNetwork(accept()));

    // When
    FirewallVerdict inside = verdictFor(ruleset, "198.51.100.7");

    // Then
    assertThat(inside).isEqualTo(ACCEPTS);
    assertThat(verdictFor(ruleset, "198.51.101.7")).isEqualTo(MAY_DROP);
    assertThat(verdictFor(ruleset, "2001:db8::1")).isEqualTo(MAY_DROP);
  }

  @Test
  void a_drop_for_a_range_counts_for_its_addresses() {
    // Given
    Ruleset ruleset = accepting(toNetwork(drop()));

    // When
    FirewallVerdict inside = verdictFor(ruleset, "198.51.100.7");

    // Then
    assertThat(inside).isEqualTo(MAY_DROP);
    assertThat(verdictFor(ruleset, "198.51.101.7")).isEqualTo(ACCEPTS);
  }

  @Test
  void a_chain_for_ipv6_does_not_see_ipv4() {
    // Given
    List<Packet> ipv4 = List.of(Packet.to(InetAddress.ofLiteral("198.51.100.7")));

    // When
    FirewallVerdict verdict = dropping().verdict(Family.IPV6, ipv4);

    // Then
    assertThat(verdict).isEqualTo(ACCEPTS);
    assertThat(dropping().verdict(Family.IPV6, Packet.ARBITRARY)).isEqualTo(MAY_DROP);
  }
}
