package dev.ballast.dataplane.server.membership;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An HTTP readiness check like the kubelet's: only a 2xx or 3xx response means ready. */
final class ReadinessHttpClient implements Function<URI, CompletionStage<Boolean>>, AutoCloseable {

  private static final Duration TIMEOUT = Duration.ofSeconds(1);

  private @Nullable HttpClient client;

  @Override
  public CompletionStage<Boolean> apply(URI url) {
    HttpRequest request = HttpRequest.newBuilder(url).timeout(TIMEOUT).build();
    return client()
        .sendAsync(request, BodyHandlers.discarding())
        .handle((response, failure) -> failure == null && response.statusCode() / 200 == 1);
  }

  /** Created on first use, since most nodes never probe. */
  private synchronized HttpClient client() {
    HttpClient created = client;
    if (created == null) {
      created =
          HttpClient.newBuilder()
              .connectTimeout(TIMEOUT)
              .proxy(HttpClient.Builder.NO_PROXY)
              .build();
      client = created;
    }
    return created;
  }

  @Override
  public synchronized void close() {
    if (client != null) {
      client.shutdownNow();
    }
  }
}
