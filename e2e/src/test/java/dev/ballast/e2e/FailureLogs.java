package dev.ballast.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * Keeps the logs of Ballast's Pods as soon as a scenario has failed, in {@code
 * e2e/target/scenario-logs/CLASS}: a later scenario may replace the Pods, and their logs with them.
 */
final class FailureLogs implements TestWatcher, AfterAllCallback {

  private static final Path FOLDER = Path.of("target/scenario-logs");

  @Override
  public void testFailed(ExtensionContext context, Throwable cause) {
    keep(context.getRequiredTestClass().getSimpleName());
  }

  /** For what fails outside of a scenario: the set-up, the cleanup, or a check after them. */
  @Override
  public void afterAll(ExtensionContext context) {
    if (context.getExecutionException().isPresent()) {
      keep(context.getRequiredTestClass().getSimpleName());
    }
  }

  private static void keep(String scenarios) {
    Path folder = FOLDER.resolve(scenarios).toAbsolutePath();
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Terminal.run(
        """
        for pod in $(kubectl get pods -n %1$s -o name); do
          kubectl logs -n %1$s $pod --all-containers >%2$s/${pod##*/}.log
          kubectl logs -n %1$s $pod --all-containers --previous >%2$s/${pod##*/}.previous.log
        done
        find %2$s -empty -delete
        """
            .formatted(Cluster.NAMESPACE, folder));
    if (NodeLeftovers.canBeSeen()) {
      Cluster.nodes().forEach(node -> keepNetwork(node, folder.resolve(node + ".network.txt")));
    }
    System.out.println("    The logs of Ballast are in " + folder);
  }

  private static void keepNetwork(String node, Path file) {
    String show = "nft list ruleset; ip route show table local; ip neigh; ip address";
    String command = Cluster.onNode(node, "bash -c '%s'".formatted(show)).orElseThrow();
    Terminal.run("%s >%s 2>&1".formatted(command, file));
  }
}
