package dev.ballast.apiclient;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;

/** The client of a data plane for the API server. */
public final class DataPlaneApiClient {

  private DataPlaneApiClient() {}

  /** Without retries, since the callers retry with what is desired by then. */
  public static KubernetesClient create(Config config) {
    return new KubernetesClientBuilder()
        .withKubernetesSerialization(new ApiSerialization())
        .withConfig(
            new ConfigBuilder(config)
                .withUserAgent("ballast-dataplane")
                .withConnectionTimeout(3_000)
                .withRequestTimeout(10_000)
                .withRequestRetryBackoffLimit(0)
                .withWatchReconnectInterval(200)
                .build())
        .build();
  }
}
