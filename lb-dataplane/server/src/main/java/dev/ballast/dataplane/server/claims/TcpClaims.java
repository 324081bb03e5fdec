package dev.ballast.dataplane.server.claims;

import dev.ballast.dataplane.server.handover.HandedOverFlows;
import dev.ballast.dataplane.server.handover.HandoverExchange;
import dev.ballast.dataplane.server.socket.SelectorThread;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.crypto.spec.SecretKeySpec;

/** One thread that has all connections. */
final class TcpClaims implements ClaimExchange, HandoverExchange, SelectorThread.TurnHandler {

  private static final Duration TICK = Duration.ofMillis(25);

  /** A tick that comes later than this was a pause of the process. */
  private static final long PAUSE = Duration.ofMillis(500).toNanos();

  private final String self;
  private final SelectorThread thread;
  private final ClaimSessions sessions;

  private TcpClaims(String self, InetSocketAddress local, ClaimListener listener) {
    this.self = self;
    this.thread = new SelectorThread("claims", TICK, this);
    this.sessions = new ClaimSessions(self, local, listener, thread.selector());
  }

  static TcpClaims create(String self, InetSocketAddress local, ClaimListener listener) {
    var exchange = new TcpClaims(self, local, listener);
    exchange.thread.start();
    return exchange;
  }

  @Override
  public void setPeers(Map<String, InetAddress> now) {
    Map<String, InetAddress> others = new HashMap<>(now);
    others.remove(self);
    thread.execute(() -> sessions.setPeers(others));
  }

  @Override
  public void setKeys(List<SecretKeySpec> now) {
    List<SecretKeySpec> copy = List.copyOf(now);
    thread.execute(() -> sessions.setKeys(copy));
  }

  @Override
  public void setClaims(Map<InetAddress, Long> claims) {
    Map<InetAddress, Long> copy = Map.copyOf(claims);
    thread.execute(() -> sessions.setClaims(copy));
  }

  @Override
  public void start() {
    thread.execute(sessions::start);
  }

  @Override
  public void stop() {
    thread.execute(sessions::stop);
  }

  @Override
  public Map<String, Map<InetAddress, Long>> claims() {
    return sessions.claims();
  }

  @Override
  public CompletionStage<Set<String>> resync() {
    var result = new CompletableFuture<Set<String>>();
    thread.execute(() -> sessions.resync(result));
    return result;
  }

  @Override
  public HandoverExchange handovers() {
    return this;
  }

  @Override
  public boolean reaches(String node) {
    return sessions.handovers().reached().contains(node);
  }

  @Override
  public CompletionStage<Void> request(Map<String, Set<InetAddress>> addresses) {
    var result = new CompletableFuture<Void>();
    thread.execute(() -> sessions.handovers().request(addresses, result));
    return result;
  }

  @Override
  public void send(String node, InetAddress address, List<HandedOverFlows> flows) {
    thread.execute(() -> sessions.handovers().sendFlows(node, address, flows));
  }

  @Override
  public void released(Set<InetAddress> addresses) {
    thread.execute(() -> sessions.handovers().sendReleased(addresses, System.nanoTime()));
  }

  /** Ends as a process that is killed: without a farewell. */
  void mute() {
    thread.execute(sessions::mute);
  }

  @Override
  public void elapsed(long now, long elapsed) {
    if (elapsed > PAUSE) {
      sessions.resumed(now);
    }
  }

  @Override
  public void turn(long now) {
    for (SelectionKey key : thread.ready()) {
      if (key.isValid() && key.attachment() instanceof ClaimConnection connection) {
        sessions.serve(connection, key, now);
      } else if (key.isValid()) {
        sessions.accept(now);
      }
    }
    sessions.tick(now);
  }

  @Override
  public void end() {
    sessions.stop();
  }

  @Override
  public void close() {
    thread.close();
  }
}
