package dev.ballast.operator;

import dev.ballast.apiclient.ApiSerialization;
import dev.ballast.operator.migrate.PrintMetalLbPoolsCommand;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.TokenRefreshInterceptor;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the operator and runs until it is told to stop. With {@code --release-all} it takes back
 * instead what was given to Services, and ends: for the chart, before it is uninstalled. With
 * {@code --print-metallb-pools} it prints our pools for MetalLB's, and ends.
 */
public final class OperatorMain {

  private static final Logger log = LoggerFactory.getLogger(OperatorMain.class);

  /** Doubled five times at most: 6 s after an outage of the API server all watches are back. */
  private static final int FIRST_RECONNECT_MILLIS = 200;

  private static final String RELEASE_ALL = "--release-all";

  /** Longer than a dead leader's Lease and a dead node's word take together. */
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  public static void main(String[] args) throws IOException {
    List<String> options = List.of(args);
    if (options.contains(PrintMetalLbPoolsCommand.OPTION)) {
      InputStream yaml = options.contains(PrintMetalLbPoolsCommand.STDIN) ? System.in : null;
      System.exit(PrintMetalLbPoolsCommand.run(yaml, OperatorMain::client, System.out, System.err));
    }
    OperatorSettings settings;
    try {
      settings = OperatorSettings.from(System.getenv());
    } catch (IllegalArgumentException e) {
      System.err.println("ballast-operator: " + e.getMessage());
      System.exit(2);
      return;
    }
    KubernetesClient client = client();
    if (options.contains(RELEASE_ALL)) {
      System.exit(
          UninstallCommand.run(client, settings, System.getenv("BALLAST_DEPLOYMENT"), PATIENCE)
              ? 0
              : 1);
    }
    BallastOperator operator = new BallastOperator(client, settings);
    Runtime.getRuntime().addShutdownHook(new Thread(operator::stop, "shutdown"));
    try {
      operator.start();
    } catch (IOException | RuntimeException e) {
      log.atError()
          .setCause(e)
          .log(
              "operator could not start and ends, to be started again; see whether the API server"
                  + " answers, and what its service account may do");
      System.exit(1);
    }
  }

  /**
   * With a certificate and no token there is none to refresh: fabric8 (7.5 at least) would read the
   * kubeconfig anew for every request from the first minute on.
   */
  private static KubernetesClient client() {
    Config config = Config.autoConfigure(null);
    config.setWatchReconnectInterval(FIRST_RECONNECT_MILLIS);
    KubernetesClientBuilder builder =
        new KubernetesClientBuilder()
            .withConfig(config)
            .withKubernetesSerialization(new ApiSerialization());
    if (hasCertificateAlone(config)) {
      builder.withHttpClientBuilderConsumer(
          http -> http.addOrReplaceInterceptor(TokenRefreshInterceptor.NAME, null));
    }
    return builder.build();
  }

  static boolean hasCertificateAlone(Config config) {
    return (config.getClientCertData() != null || config.getClientCertFile() != null)
        && config.getOauthToken() == null
        && config.getAutoOAuthToken() == null
        && config.getAuthProvider() == null;
  }

  private OperatorMain() {}
}
