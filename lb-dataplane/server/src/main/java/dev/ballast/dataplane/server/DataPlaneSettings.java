package dev.ballast.dataplane.server;

import dev.ballast.dataplane.server.cluster.NodeSettings;
import dev.ballast.dataplane.server.cluster.NodeSettings.Membership;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How the process is set up, from environment variables.
 *
 * @param node who this node is and who its peers are
 * @param announcing whether addresses are taken and announced on the LAN
 * @param networkInterface to announce on; empty: the one whose subnet has the address
 * @param probe how long other machines have to say that they have an address; zero: they are not
 *     asked
 * @param drain how long connections may go on after SIGTERM
 */
record DataPlaneSettings(
    NodeSettings node,
    boolean announcing,
    Optional<String> networkInterface,
    Duration probe,
    Duration drain,
    int eventLoops,
    String adminHost,
    int adminPort) {

  static final String DEFAULT_SELECTOR =
      "app.kubernetes.io/name=ballast,app.kubernetes.io/component=dataplane";

  /** What was read: settings, or everything that is wrong with them. */
  sealed interface SettingsResult {
    record ValidSettings(DataPlaneSettings settings) implements SettingsResult {}

    record InvalidSettings(List<String> errors) implements SettingsResult {}
  }

  static SettingsResult read(Map<String, String> env, int processors) {
    var environmentReader = new EnvironmentReader(env);
    String name = environmentReader.text("BALLAST_NODE_NAME", "");
    if (name.isEmpty()) {
      environmentReader.errors.add(
          "BALLAST_NODE_NAME is not set: give the name of the Kubernetes node");
    }
    var settings =
        new DataPlaneSettings(
            new NodeSettings(name, membership(environmentReader)),
            announcing(environmentReader),
            Optional.of(environmentReader.text("BALLAST_INTERFACE", ""))
                .filter(text -> !text.isEmpty()),
            Duration.ofMillis(
                environmentReader.number("BALLAST_CONFLICT_PROBE_MILLISECONDS", 10, 0, 1000)),
            Duration.ofSeconds(environmentReader.number("BALLAST_DRAIN_SECONDS", 20, 0, 3600)),
            environmentReader.number("BALLAST_EVENT_LOOPS", processors, 1, 1024),
            environmentReader.text("BALLAST_ADMIN_HOST", "0.0.0.0"),
            environmentReader.number("BALLAST_ADMIN_PORT", 7474, 0, 65535));
    return environmentReader.errors.isEmpty()
        ? new SettingsResult.ValidSettings(settings)
        : new SettingsResult.InvalidSettings(List.copyOf(environmentReader.errors));
  }

  private static Membership membership(EnvironmentReader environmentReader) {
    String members = environmentReader.text("BALLAST_MEMBERS", "pods");
    if (members.startsWith("static:")) {
      Set<String> nodes =
          Arrays.stream(members.substring("static:".length()).split(",", -1))
              .map(String::strip)
              .filter(node -> !node.isEmpty())
              .collect(Collectors.toSet());
      if (nodes.isEmpty()) {
        environmentReader.errors.add("BALLAST_MEMBERS=static: names no node: write static:n1,n2");
      }
      return new Membership.StaticMembership(nodes);
    }
    if (!members.equals("pods")) {
      environmentReader.errors.add(
          "BALLAST_MEMBERS=%s is not understood: it is pods, or static:n1,n2".formatted(members));
    }
    String namespace = environmentReader.text("BALLAST_NAMESPACE", "");
    if (namespace.isEmpty()) {
      environmentReader.errors.add(
          "BALLAST_NAMESPACE is not set: give the namespace of the data-plane Pods, or name the"
              + " nodes by BALLAST_MEMBERS=static:n1,n2");
    }
    return new Membership.PodMembership(
        namespace, environmentReader.text("BALLAST_MEMBER_SELECTOR", DEFAULT_SELECTOR));
  }

  private static boolean announcing(EnvironmentReader environmentReader) {
    String way = environmentReader.text("BALLAST_ANNOUNCE", "kernel");
    if (!way.equals("kernel") && !way.equals("none")) {
      environmentReader.errors.add(
          "BALLAST_ANNOUNCE=%s is not understood: it is kernel, or none".formatted(way));
    }
    return !way.equals("none");
  }

  private record EnvironmentReader(Map<String, String> env, List<String> errors) {

    EnvironmentReader(Map<String, String> env) {
      this(env, new ArrayList<>());
    }

    String text(String name, String otherwise) {
      String value = env.getOrDefault(name, "").strip();
      return value.isEmpty() ? otherwise : value;
    }

    int number(String name, int otherwise, int least, int most) {
      String text = text(name, "");
      if (text.isEmpty()) {
        return otherwise;
      }
      try {
        int value = Integer.parseInt(text);
        if (value >= least && value <= most) {
          return value;
        }
      } catch (NumberFormatException e) {
        // Said below, as for a number out of range.
      }
      errors.add("%s=%s is no whole number from %d to %d".formatted(name, text, least, most));
      return otherwise;
    }
  }
}
