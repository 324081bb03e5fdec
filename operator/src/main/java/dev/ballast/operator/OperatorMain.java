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
 * Entry point of the operator: runs it until the process is terminated. With {@code --release-all},
 * it releases the addresses of all Services instead, for the chart before it is uninstalled. With
 * {@code --print-metallb-pools}, it prints AddressPools for the pools of MetalLB.
 */
public final class OperatorMain {

  private static final Logger log = LoggerFactory.getLogger(OperatorMain.class);

  /** Doubled at most five times: all watches are back 6 s after an outage of the API server. */
  private static final int FIRST_RECONNECT_MILLIS = 200;

  private static final String RELEASE_ALL = "--release-all";

  /** Longer than the Lease of a dead leader and the release timeout of a dead node together. */
  private static final Duration RELEASE_ALL_TIMEOUT = Duration.ofMinutes(3);

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
          UninstallCommand.run(
                  client, settings, System.getenv("BALLAST_DEPLOYMENT"), RELEASE_ALL_TIMEOUT)
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
              "Could not start the operator. Check that the API server is reachable, and the"
                  + " permissions of the service account");
      System.exit(1);
    }
  }

  /**
   * With a certificate and without a token there is nothing to refresh. Still, fabric8 (at least up
   * to 7.5) would read the kubeconfig for every request after the first minute.
   */
  private static KubernetesClient client() {
    Config config = Config.autoConfigure(null);
    config.setWatchReconnectInterval(FIRST_RECONNECT_MILLIS);
    KubernetesClientBuilder builder =
        new KubernetesClientBuilder()
            .withConfig(config)
            .withKubernetesSerialization(new ApiSerialization());
    if (hasOnlyCertificate(config)) {
      builder.withHttpClientBuilderConsumer(
          http -> http.addOrReplaceInterceptor(TokenRefreshInterceptor.NAME, null));
    }
    return builder.build();
  }

  static boolean hasOnlyCertificate(Config config) {
    return (config.getClientCertData() != null || config.getClientCertFile() != null)
        && config.getOauthToken() == null
        && config.getAutoOAuthToken() == null
        && config.getAuthProvider() == null;
  }

  private OperatorMain() {}
}
