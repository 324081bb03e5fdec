package dev.ballast.dataplane.server.diagnosis;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.ballast.dataplane.server.announce.AnnouncerNetwork;
import dev.ballast.dataplane.server.announce.LineProcess;
import java.io.IOException;
import java.util.List;

/** A {@link NodeDiagnosisProcess}. */
record DiagnosedNode(AnnouncerNetwork network, LineProcess process) {

  static final String V4 = "198.18.200.77";
  static final String V6 = "2001:db8:200::77";

  static final String NO_TPROXY =
      "NoTproxy: The kernel of the node has no nft_tproxy. Services and daemons of the node"
          + " share the ports. | Load the module nft_tproxy, and restart the data plane on"
          + " the node.";

  static DiagnosedNode start(AnnouncerNetwork network, String mode, FirewallSetting setting)
      throws IOException {
    return new DiagnosedNode(
        network,
        network.process(
            network.lan.java(NodeDiagnosisProcess.class, mode, setting.name()), "started"));
  }

  /** Serves an address and has no finding. */
  static DiagnosedNode sound(AnnouncerNetwork network, FirewallSetting setting, String address)
      throws IOException {
    DiagnosedNode node = start(network, "tproxy", setting);
    node.acquire(address);
    assertThat(node.findings()).isEmpty();
    return node;
  }

  void acquire(String address) {
    network.acquire(process, address);
  }

  /** Each as {@code reason: message | remedy}. */
  List<String> findings() throws IOException {
    String line = process.request("findings");
    return line.isEmpty() ? List.of() : List.of(line.split("\t", -1));
  }

  void awaitFindings(String... expected) {
    await()
        .atMost(ofSeconds(10))
        .untilAsserted(() -> assertThat(findings()).containsExactly(expected));
  }

  void shell(String command) throws Exception {
    network.lan.runInside("sh", "-c", command);
  }
}
