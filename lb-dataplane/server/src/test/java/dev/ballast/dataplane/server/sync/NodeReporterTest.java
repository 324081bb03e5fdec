package dev.ballast.dataplane.server.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.ballast.api.v1alpha1.AddressReport;
import dev.ballast.api.v1alpha1.PeerChecks;
import dev.ballast.dataplane.core.reachability.CheckResult;
import dev.ballast.dataplane.core.reachability.CheckResult.Cause;
import dev.ballast.dataplane.core.reachability.CheckTarget;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("feature:reachability")
class NodeReporterTest {

  private final Map<CheckTarget, CheckResult> results = new HashMap<>();

  @Test
  void results_are_listed_by_node_and_address() {
    // Given
    put("n3", "198.18.100.9", new CheckResult.Reached());
    put("n2", "198.18.100.8", new CheckResult.NotReached(Cause.PROHIBITED));
    put("n2", "198.18.100.7", new CheckResult.Reached());
    put("n2", "198.18.100.6", new CheckResult.Reached());
    put("n2", "198.18.100.5", new CheckResult.NotReached(Cause.NO_CONNECTION_ANSWER));
    put("n4", "198.18.100.4", new CheckResult.CheckSkipped());

    // When
    List<PeerChecks> checks = NodeReporter.checks("n1", results);

    // Then
    assertThat(checks).extracting(PeerChecks::node).containsExactly("n2", "n3");
    assertThat(checks.getFirst().reachable()).containsExactly("198.18.100.6", "198.18.100.7");
    assertThat(checks.getFirst().unreachable())
        .extracting(AddressReport::address, AddressReport::reason)
        .containsExactly(
            tuple("198.18.100.5", "NoConnectionAnswer"), tuple("198.18.100.8", "Prohibited"));
    assertThat(checks.getLast().reachable()).containsExactly("198.18.100.9");
  }

  private void put(String node, String address, CheckResult result) {
    results.put(new CheckTarget(InetAddress.ofLiteral(address), node, OptionalInt.of(80)), result);
  }
}
