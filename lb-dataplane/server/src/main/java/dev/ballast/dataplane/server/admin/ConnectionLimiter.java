package dev.ballast.dataplane.server.admin;

import io.vertx.core.http.HttpConnection;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Closes the oldest connection when there are too many: a newer one may be the kubelet's, which
 * must not wait. Used on one event loop.
 */
final class ConnectionLimiter {

  private final int limit;
  private final Set<HttpConnection> open = new LinkedHashSet<>();

  ConnectionLimiter(int limit) {
    this.limit = limit;
  }

  void opened(HttpConnection connection) {
    if (open.size() >= limit) {
      HttpConnection oldest = open.iterator().next();
      open.remove(oldest);
      var unused = oldest.close();
    }
    open.add(connection);
    connection.closeHandler(closed -> open.remove(connection));
  }
}
