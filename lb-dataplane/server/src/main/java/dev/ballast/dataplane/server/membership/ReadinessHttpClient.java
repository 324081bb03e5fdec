package dev.ballast.dataplane.server.membership;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Asks over HTTP as a kubelet does: 2xx and 3xx are ready, all else, and no answer, are not. */
public final class ReadinessHttpClient
    implements Function<URI, CompletionStage<Boolean>>, AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private @Nullable HttpClient client;

  @Override
  public CompletionStage<Boolean> apply(URI readiness) {
    HttpRequest request = HttpRequest.newBuilder(readiness).timeout(PATIENCE).build();
    return client()
        .sendAsync(request, BodyHandlers.discarding())
        .handle((response, failure) -> failure == null && response.statusCode() / 200 == 1);
  }

  /** Made when it is first needed: most nodes never ask. */
  private synchronized HttpClient client() {
    HttpClient made = client;
    if (made == null) {
      made =
          HttpClient.newBuilder()
              .connectTimeout(PATIENCE)
              .proxy(HttpClient.Builder.NO_PROXY)
              .build();
      client = made;
    }
    return made;
  }

  @Override
  public synchronized void close() {
    if (client != null) {
      client.shutdownNow();
    }
  }
}
