package dev.ballast.e2e;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The cluster under test, as the environment describes it; see CONTRIBUTING. */
final class Cluster {

  /** The namespace Ballast is installed in. */
  /** A Node with this label owns no address. */
  static final String EXCLUSION_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers";

  static final String NAMESPACE = environment("BALLAST_E2E_NAMESPACE", "ballast-system");

  /** Addresses that the scenarios may give to Services, on the LAN of the nodes. */
  static final Ipv4Range ADDRESSES =
      Ipv4Range.parse(environment("BALLAST_E2E_POOL", "198.18.100.0/24"));

  /** What to put before a command to run it outside the cluster; nothing when this machine is. */
  static final String OUTSIDE = environment("BALLAST_E2E_OUTSIDE", "");

  private static final Path LAB = Path.of("../tools/lab/lab").toAbsolutePath().normalize();
  private static final boolean IS_LAB = detectLab();

  private Cluster() {}

  /** Whether the cluster is the one that {@code tools/lab/lab up} started on this machine. */
  static boolean isLab() {
    return IS_LAB;
  }

  static String lab(String command) {
    return LAB + " " + command;
  }

  static List<String> nodes() {
    return Kubectl.names("nodes");
  }

  /** The first InternalIP of a node. */
  static String addressOf(String node) {
    return Kubectl.elements(Kubectl.get("node " + node).at("/status/addresses")).stream()
        .filter(address -> address.path("type").asText().equals("InternalIP"))
        .findFirst()
        .orElseThrow()
        .path("address")
        .asText();
  }

  /** The MAC address of a node's interface. */
  static String macOf(String node, String networkInterface) {
    String link = onNode(node, "ip -br link show dev " + networkInterface).orElseThrow();
    return Terminal.quietly(link).split("\\s+", -1)[2];
  }

  /** Runs a command on a node. */
  static String typeOn(String node, String commandLine) {
    return Terminal.type(onNode(node, commandLine).orElseThrow());
  }

  /** IPv6 addresses that the scenarios may give to Services, if the cluster is dual-stack. */
  static Optional<String> addresses6() {
    String lab = isLab() ? "2001:2:0:18::100:0-2001:2:0:18::100:ff" : "";
    boolean dualStack =
        Kubectl.list("nodes").stream().anyMatch(node -> node.at("/spec/podCIDRs").size() > 1);
    return Optional.of(environment("BALLAST_E2E_POOL6", lab))
        .filter(it -> dualStack && !it.isEmpty());
  }

  /** The command line that runs one on a node, if this machine has a way onto nodes. */
  static Optional<String> onNode(String node, String commandLine) {
    String prefix = environment("BALLAST_E2E_NODE", isLab() ? lab("on") : "");
    return prefix.isEmpty()
        ? Optional.empty()
        : Optional.of("%s %s %s".formatted(prefix, node, commandLine));
  }

  private static boolean detectLab() {
    String kubeconfig = System.getenv("KUBECONFIG");
    Terminal.Output lab = Terminal.run(lab("kubeconfig"));
    return kubeconfig != null
        && lab.succeeded()
        && Files.exists(Path.of(kubeconfig))
        && Path.of(lab.out().strip()).equals(Path.of(kubeconfig).toAbsolutePath().normalize());
  }

  private static String environment(String name, String otherwise) {
    String value = System.getenv(name);
    return value == null || value.isBlank() ? otherwise : value.strip();
  }
}
