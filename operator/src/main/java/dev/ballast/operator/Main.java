package dev.ballast.operator;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Starts the operator and runs until it is told to stop. With {@code --release-all} it takes back
 * instead what was given to Services, and ends: for the chart, before it is uninstalled.
 */
public final class Main {

  private static final String RELEASE_ALL = "--release-all";

  /** Longer than a dead leader's Lease and a dead node's word take together. */
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  public static void main(String[] args) throws IOException {
    Settings settings;
    try {
      settings = Settings.from(System.getenv());
    } catch (IllegalArgumentException e) {
      System.err.println("ballast-operator: " + e.getMessage());
      System.exit(2);
      return;
    }
    KubernetesClient client = new KubernetesClientBuilder().build();
    if (List.of(args).contains(RELEASE_ALL)) {
      System.exit(
          Uninstall.run(client, settings, System.getenv("BALLAST_DEPLOYMENT"), PATIENCE) ? 0 : 1);
    }
    BallastOperator operator = new BallastOperator(client, settings);
    Runtime.getRuntime().addShutdownHook(new Thread(operator::stop, "shutdown"));
    operator.start();
  }

  private Main() {}
}
