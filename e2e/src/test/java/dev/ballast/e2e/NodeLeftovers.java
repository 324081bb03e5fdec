package dev.ballast.e2e;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** What a served address adds to a node: routes and listening sockets. */
final class NodeLeftovers {

  private static final Pattern ADDRESS = Pattern.compile("\\b\\d+\\.\\d+\\.\\d+\\.\\d+\\b");

  private static final Map<String, String> PLACES =
      Map.of("route", "ip -4 route show table local", "listener", "ss -Hltn");

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

  private static boolean mentions(String line, Ipv4Range range) {
    return ADDRESS.matcher(line).results().anyMatch(it -> range.contains(it.group()));
  }
}
