package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** What a served address adds to a node: routes, listening sockets and the rules of nftables. */
final class NodeLeftovers {

  private static final Pattern ADDRESS = Pattern.compile("\\b\\d+\\.\\d+\\.\\d+\\.\\d+\\b");

  private static final Map<String, String> PLACES =
      Map.of(
          "route", "ip -4 route show table local",
          "listener", "ss -Hltn",
          "rule", "nft list ruleset");

  private NodeLeftovers() {}

  static boolean canBeSeen() {
    return Cluster.onNode("any", "true").isPresent();
  }

  /**
   * Every trace of an address of the range, on all nodes, as {@code n1 route local 192.0.2.1 …}.
   */
  static List<String> of(Ipv4Range range) {
    List<String> traces = new ArrayList<>();
    for (String node : Cluster.nodes()) {
      PLACES.forEach(
          (what, command) ->
              Terminal.quietly(Cluster.onNode(node, command).orElseThrow())
                  .lines()
                  .filter(line -> mentions(line, range))
                  .forEach(line -> traces.add(node + " " + what + " " + line.strip())));
    }
    return traces;
  }

  /** Waits until one node, and no other, has traces of an address. */
  static void awaitOnlyOn(Supplier<String> node, String address) {
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(
            () ->
                assertThat(of(Ipv4Range.parse(address + "/32")))
                    .isNotEmpty()
                    .allMatch(trace -> trace.startsWith(node.get() + " ")));
  }

  /** The tables of Ballast on all nodes, as {@code n1 table inet ballast}. */
  static List<String> tables() {
    List<String> tables = new ArrayList<>();
    for (String node : Cluster.nodes()) {
      Terminal.quietly(Cluster.onNode(node, "nft list tables").orElseThrow())
          .lines()
          .filter(line -> line.endsWith(" ballast"))
          .forEach(line -> tables.add(node + " " + line.strip()));
    }
    return tables;
  }

  private static boolean mentions(String line, Ipv4Range range) {
    return ADDRESS.matcher(line).results().anyMatch(it -> range.contains(it.group()));
  }
}
