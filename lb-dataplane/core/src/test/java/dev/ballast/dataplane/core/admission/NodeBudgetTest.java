package dev.ballast.dataplane.core.admission;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("feature:traffic")
class NodeBudgetTest {

  @ParameterizedTest(name = "{0} descriptors, {1} MB of heap, {2} ports")
  @CsvSource({
    // The descriptors decide, without those that are set aside.
    "20000, 512, 28232, 17952, 14116, 419430",
    // A small limit keeps three quarters.
    "1024, 512, 28232, 768, 14116, 419430",
    // The heap decides.
    "1048576, 512, 28232, 174762, 14116, 419430",
    "1048576, 64, 28232, 21845, 14116, 52428",
    // No limit at all.
    "9223372036854775807, 512, 28232, 174762, 14116, 419430",
    // A host with few local ports.
    "20000, 512, 100, 17952, 50, 419430",
  })
  void the_budget_follows_from_the_limits_of_the_process(
      long descriptors, long heapMegabytes, int ports, int budget, int udpPorts, int affinity) {
    // When
    NodeBudget result =
        NodeBudget.of(new ProcessLimits(descriptors, heapMegabytes * 1024 * 1024, ports), 50);

    // Then
    assertThat(result.descriptors().capacity()).isEqualTo(budget);
    assertThat(result.udpPorts().capacity()).isEqualTo(udpPorts);
    assertThat(result.tcpPortsPerBackend()).isEqualTo(udpPorts);
    assertThat(result.affinityEntries().capacity()).isEqualTo(affinity);
  }
}
