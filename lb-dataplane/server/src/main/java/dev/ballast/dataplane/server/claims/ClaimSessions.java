package dev.ballast.dataplane.server.claims;

import static java.util.Comparator.comparingLong;

import dev.ballast.logging.LogKeys;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import javax.crypto.spec.SecretKeySpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All connections to other nodes, and what is sent and received over them. One thread uses it. */
final class ClaimSessions implements ClaimConnection.Owner, HandoverSessions.FrameSender {

  private static final Logger log = LoggerFactory.getLogger(ClaimSessions.class);

  private static final long PING_INTERVAL = Duration.ofSeconds(1).toNanos();

  /** A further connection closes the oldest one without a proof. */
  private static final int MAX_HANDSHAKES = 128;

  /** In one turn, so that a flood keeps no connection from being served. */
  private static final int MAX_ACCEPTED = 64;

  private final String self;
  private final InetSocketAddress local;
  private final ClaimListener listener;
  private final Selector selector;
  private final ClaimPeers peers;
  private final ClaimServerSocket server;
  private final Set<ClaimConnection> connections = new HashSet<>();
  private final PendingAnswers<ClaimConnection> resyncs = new PendingAnswers<>();
  private final HandoverSessions handovers;
  private final Set<String> farewells = new HashSet<>();
  private List<SecretKeySpec> keys = List.of();
  private Map<InetAddress, Long> own = Map.of();
  private boolean started;
  private long nextPing = System.nanoTime();

  ClaimSessions(String self, InetSocketAddress local, ClaimListener listener, Selector selector) {
    this.self = self;
    this.local = local;
    this.listener = listener;
    this.selector = selector;
    this.peers = new ClaimPeers(self);
    this.server = new ClaimServerSocket(local, selector);
    this.handovers = new HandoverSessions(listener.handovers(), this);
  }

  /** The claims of the other nodes. Thread-safe. */
  Map<String, Map<InetAddress, Long>> claims() {
    return peers.published();
  }

  void setPeers(Map<String, InetAddress> others) {
    Set<String> gone = peers.replace(others, System.nanoTime());
    for (ClaimConnection each : List.copyOf(connections)) {
      if (gone.contains(each.peerName()) && isNoNeighbor(each)) {
        sayBye(each);
      } else if (gone.contains(each.peerName())) {
        drop(each);
      }
    }
  }

  void setKeys(List<SecretKeySpec> now) {
    keys = now;
    List.copyOf(connections).stream()
        .filter(connection -> !connection.hasKeyOf(now))
        .forEach(this::sayBye);
  }

  void setClaims(Map<InetAddress, Long> now) {
    Map<InetAddress, Long> update = ClaimFrame.changes(own, now);
    own = now;
    List.copyOf(connections).stream()
        .filter(ClaimConnection::isOpen)
        .forEach(connection -> sendAll(connection, ClaimFrame.updates(update)));
  }

  void start() {
    started = true;
  }

  /** Another process of this node follows. */
  void stop() {
    started = false;
    end();
  }

  /** Ends as a process that is killed: without a farewell. */
  void mute() {
    started = false;
    server.close();
    List.copyOf(connections).forEach(this::drop);
  }

  void resync(CompletableFuture<Set<String>> result) {
    Set<ClaimConnection> open = new HashSet<>();
    connections.stream().filter(ClaimConnection::isOpen).forEach(open::add);
    Set<ClaimConnection> awaited = new HashSet<>(open);
    if (started && !keys.isEmpty()) {
      peers.all().stream().filter(ClaimPeer::isUnconnected).forEach(this::connect);
    }
    peers.all().stream().flatMap(peer -> peer.resyncAttempt().stream()).forEach(awaited::add);
    var answers = new CompletableFuture<Set<ClaimConnection>>();
    var unused = answers.thenAccept(all -> result.complete(HandoverSessions.peerNames(all)));
    long nonce = resyncs.add(awaited, answers);
    open.forEach(connection -> send(connection, new ClaimFrame.Ping(nonce)));
    resyncs.complete(connections);
  }

  /** Only a resync connects nodes that are no neighbors. */
  private boolean isNoNeighbor(ClaimConnection connection) {
    ClaimPeer peer = peers.find(connection.peerName());
    return peer != null && !peer.neighbor;
  }

  HandoverSessions handovers() {
    return handovers;
  }

  @Override
  public void send(String node, List<ClaimFrame> frames) {
    ClaimPeer peer = peers.find(node);
    ClaimConnection connection = peer == null ? null : peer.connection;
    if (connection != null && connection.hasHandovers()) {
      sendAll(connection, frames.iterator());
    }
  }

  /** This process has paused, which is not the silence of other nodes. */
  void resumed(long now) {
    connections.forEach(connection -> connection.lastRead = now);
  }

  /** Does what is due, and publishes what has changed. */
  void tick(long now) {
    if (started && !keys.isEmpty()) {
      server.open(now);
      peers.all().stream().filter(peer -> peer.isDue(now)).forEach(this::connect);
      expire(now);
    } else if (server.isOpen()) {
      end();
    }
    publish(now);
  }

  private void publish(long now) {
    Set<InetAddress> changed = peers.publish(now);
    if (!changed.isEmpty()) {
      listener.claimsChanged(changed);
    }
  }

  /** Other nodes may have connected. */
  void accept(long now) {
    try {
      for (int i = 0; i < MAX_ACCEPTED; i++) {
        SocketChannel channel = server.accept().orElse(null);
        if (channel == null) {
          return;
        }
        if (keys.isEmpty() || !peers.hasAddress(channel.socket().getInetAddress())) {
          channel.close();
        } else {
          limitHandshakes();
          register(channel, false, SelectionKey.OP_READ, now);
        }
      }
    } catch (IOException e) {
      log.debug("Cannot accept a connection: {}", e.getMessage());
    }
  }

  private void limitHandshakes() {
    List<ClaimConnection> handshakes =
        connections.stream().filter(each -> !each.isOpen() && !each.dialer).toList();
    if (handshakes.size() >= MAX_HANDSHAKES) {
      handshakes.stream().min(comparingLong(each -> each.lastRead)).ifPresent(this::drop);
    }
  }

  private ClaimConnection register(SocketChannel channel, boolean dialer, int operation, long now)
      throws IOException {
    SelectionKey key = channel.register(selector, operation);
    var connection = new ClaimConnection(self, channel, key, dialer, keys, this, now);
    key.attach(connection);
    connections.add(connection);
    return connection;
  }

  private void connect(ClaimPeer peer) {
    long now = System.nanoTime();
    peer.attempted(now);
    ClaimConnection attempt;
    try {
      attempt = register(server.dial(), true, SelectionKey.OP_CONNECT, now);
    } catch (IOException e) {
      log.debug("Cannot connect to {}: {}", peer.name, e.getMessage());
      peer.notRefused();
      return;
    }
    attempt.peer = peer.name;
    peer.attempt = attempt;
    try {
      if (attempt.channel.connect(new InetSocketAddress(peer.address, local.getPort()))) {
        connected(attempt, peer);
      }
    } catch (IOException e) {
      fail(attempt, e);
    }
  }

  private void connected(ClaimConnection attempt, ClaimPeer peer) throws IOException {
    if (peer.isDialed()) {
      attempt.connected();
    } else {
      // If it lives, it connects by itself.
      drop(attempt);
    }
  }

  /** A connection is ready. */
  void serve(ClaimConnection connection, SelectionKey key, long now) {
    try {
      if (key.isConnectable() && connection.channel.finishConnect()) {
        ClaimPeer peer = peers.find(connection.peerName());
        if (peer != null) {
          connected(connection, peer);
        }
      }
      if (key.isValid() && key.isWritable()) {
        connection.flush();
      }
      if (key.isValid() && key.isReadable()) {
        connection.read(now);
      }
    } catch (IOException e) {
      fail(connection, e);
    }
  }

  private void expire(long now) {
    boolean ping = now - nextPing >= 0;
    if (ping) {
      nextPing = now + PING_INTERVAL;
    }
    for (ClaimConnection connection : List.copyOf(connections)) {
      boolean asked = connection.dialer && isNoNeighbor(connection);
      if (asked && resyncs.isEmpty()) {
        sayBye(connection);
        continue;
      }
      if (connection.isSilent(asked, now)) {
        fail(connection, new SocketTimeoutException("no answer"));
      } else if (ping && connection.isOpen()) {
        send(connection, new ClaimFrame.Ping(0));
      }
    }
  }

  @Override
  public boolean isExpected(String node, ClaimConnection connection) {
    ClaimPeer peer = peers.find(node);
    return peer != null && peer.isExpected(connection);
  }

  @Override
  public void opened(ClaimConnection connection) throws IOException {
    ClaimPeer peer = peers.find(connection.peerName());
    if (peer == null) {
      throw new IOException("the node has left the cluster");
    }
    ClaimConnection former = peer.connection;
    if (former != null) {
      connections.remove(former);
      former.close();
      resyncs.complete(connections);
    }
    if (connection.equals(peer.attempt)) {
      peer.attempt = null;
    }
    peer.opened(connection);
    farewells.remove(peer.name);
    handovers.setReached(connections);
    connection.send(new ClaimFrame.Restart());
    connection.send(ClaimFrame.updates(own));
    connection.send(new ClaimFrame.Complete());
    for (long nonce : resyncs.nonces(connection)) {
      connection.send(new ClaimFrame.Ping(nonce));
    }
    handovers.opened(connection, System.nanoTime());
  }

  @Override
  public void received(ClaimConnection connection, ClaimFrame frame) throws IOException {
    ClaimPeer peer = peers.find(connection.peerName());
    if (peer == null || !connection.equals(peer.connection)) {
      return;
    }
    switch (frame) {
      case ClaimFrame.Restart() -> peer.restart();
      case ClaimFrame.Update(Map<InetAddress, Long> epochs) -> {
        peers.note(peer.update(epochs));
        if (peer.isFull()) {
          throw new IOException("the node claims too many addresses");
        }
      }
      case ClaimFrame.Complete() -> peers.note(peer.complete());
      case ClaimFrame.Ping(long nonce) -> connection.send(new ClaimFrame.Pong(nonce));
      case ClaimFrame.Pong(long nonce) -> {
        resyncs.answered(connection, nonce);
        // What has arrived before the answer is part of it.
        publish(System.nanoTime());
        resyncs.complete(connections);
      }
      case ClaimFrame.Bye() -> farewells.add(peer.name);
      case HandoverFrame handover -> handovers.received(connection, handover);
      case ClaimFrame.Hello _, ClaimFrame.Proof _, ClaimFrame.Unknown _ -> {}
    }
  }

  private void send(ClaimConnection connection, ClaimFrame frame) {
    sendAll(connection, List.of(frame).iterator());
  }

  private void sendAll(ClaimConnection connection, Iterator<ClaimFrame> frames) {
    try {
      connection.send(frames);
    } catch (IOException e) {
      fail(connection, e);
    }
  }

  private void fail(ClaimConnection connection, IOException cause) {
    if (!connections.contains(connection)) {
      return;
    }
    ClaimPeer peer = peers.find(connection.peerName());
    boolean attempt = peer != null && connection.equals(peer.attempt);
    log.debug("Connection to {} has ended: {}", connection.peerName(), cause.getMessage());
    drop(connection);
    if (peer == null || !attempt) {
      return;
    }
    if (cause instanceof ConnectException && "Connection refused".equals(cause.getMessage())) {
      if (peer.refused()) {
        log.atInfo().addKeyValue(LogKeys.NODE, peer.name).log("The data plane of a node has ended");
        listener.ended(peer.name);
      }
    } else if (cause instanceof SocketTimeoutException || cause instanceof NoRouteToHostException) {
      peer.notRefused();
    }
  }

  /** Closes a connection. What follows is up to the peer. */
  private void drop(ClaimConnection connection) {
    connections.remove(connection);
    connection.close();
    ClaimPeer peer = peers.find(connection.peerName());
    if (peer != null) {
      if (connection.equals(peer.connection)) {
        peer.closed(farewells.remove(peer.name), System.nanoTime());
      } else if (connection.equals(peer.attempt)) {
        peer.attempt = null;
      }
    }
    handovers.setReached(connections);
    resyncs.complete(connections);
  }

  private void sayBye(ClaimConnection connection) {
    if (connection.isOpen()) {
      connection.sayBye();
      farewells.add(connection.peerName());
    }
    drop(connection);
  }

  /** Says farewell to all nodes. */
  private void end() {
    server.close();
    List.copyOf(connections).forEach(this::sayBye);
  }
}
