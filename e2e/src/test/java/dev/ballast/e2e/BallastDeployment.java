package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Ballast's Deployment and DaemonSet in the cluster. */
final class BallastDeployment {

  static final String OPERATOR = "app.kubernetes.io/component=operator";
  static final String DATA_PLANE = "app.kubernetes.io/component=dataplane";

  private static final Pattern ERROR = Pattern.compile("(^|\\W)ERROR(\\W|$)");

  private BallastDeployment() {}

  static List<JsonNode> pods(String selector) {
    return Kubectl.list("pods -n %s -l %s".formatted(Cluster.NAMESPACE, selector));
  }

  static void awaitReady() {
    for (String selector : List.of(OPERATOR, DATA_PLANE)) {
      Terminal.type(
          "kubectl rollout status -n %s deployment,daemonset -l %s --timeout=120s"
              .formatted(Cluster.NAMESPACE, selector));
    }
  }

  /** The node that announces an address of a Service now, if one reports that it does. */
  static String owner(String namespace, String service) {
    JsonNode loadBalancer =
        Kubectl.get("loadbalancers.ballast.dev %s -n %s".formatted(service, namespace));
    return Kubectl.elements(loadBalancer.at("/status/nodes")).stream()
        .filter(node -> !node.path("announcing").isEmpty())
        .map(node -> node.path("name").asText())
        .findFirst()
        .orElse("");
  }

  static JsonNode dataPlaneOn(String node) {
    return pods(DATA_PLANE).stream()
        .filter(pod -> pod.at("/spec/nodeName").asText().equals(node))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no data plane Pod on " + node));
  }

  /**
   * Kills the process of a data plane Pod, as the kernel does when memory runs out, and waits until
   * it has ended.
   */
  static void kill(JsonNode dataPlane) {
    String node = dataPlane.at("/spec/nodeName").asText();
    String id =
        dataPlane
            .at("/status/containerStatuses/0/containerID")
            .asText()
            .replace("containerd://", "");
    Cluster.typeOn(node, "ctr -n k8s.io tasks kill -s SIGKILL " + id);
    String tasks = Cluster.onNode(node, "ctr -n k8s.io tasks ls").orElseThrow();
    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () ->
                Terminal.quietly(tasks)
                    .lines()
                    .noneMatch(task -> task.startsWith(id) && task.endsWith("RUNNING")));
  }

  /** The sum of a data plane's samples of one metric; 0 when it has none. */
  static double metric(String node, String name) {
    return ExternalClient.get("http://%s:7474/metrics".formatted(Cluster.addressOf(node)))
        .body()
        .lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  /** Waits until a metric has at least this value: scrapes of one second get the same text. */
  static void awaitMetric(String node, String name, double atLeast) {
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(() -> assertThat(metric(node, name)).isGreaterThanOrEqualTo(atLeast));
  }

  /**
   * Lines that only a bug writes, from the logs of all Pods there are, and of the containers that
   * ended in them.
   */
  static List<String> errorsSince(Instant start) {
    List<String> errors = new ArrayList<>();
    for (JsonNode pod : Kubectl.list("pods -n " + Cluster.NAMESPACE)) {
      String name = pod.at("/metadata/name").asText();
      String logs =
          "kubectl logs -n %s %s --all-containers --prefix --since-time=%s"
              .formatted(Cluster.NAMESPACE, name, start);
      List<String> commands = new ArrayList<>(List.of(logs));
      if (pod.at("/status/containerStatuses/0/restartCount").asInt() > 0) {
        commands.add(logs + " --previous");
      }
      for (String command : commands) {
        Terminal.run(command).out().lines().filter(ERROR.asPredicate()).forEach(errors::add);
      }
    }
    return errors;
  }
}
