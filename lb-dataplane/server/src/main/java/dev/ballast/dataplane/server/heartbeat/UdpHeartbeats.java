package dev.ballast.dataplane.server.heartbeat;

import dev.ballast.dataplane.core.failure.FailureDetector;
import dev.ballast.dataplane.core.failure.Heartbeat.SenderState;
import dev.ballast.dataplane.core.failure.HeartbeatContent;
import dev.ballast.dataplane.core.failure.HeartbeatProtocol;
import dev.ballast.dataplane.core.failure.NeighborAnswers;
import dev.ballast.dataplane.server.heartbeat.HeartbeatCodec.DecodeResult;
import dev.ballast.dataplane.server.socket.SelectorThread;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that sends, receives and decides. It is a platform thread of its own, so that neither
 * traffic nor the API server delays it.
 */
final class UdpHeartbeats implements HeartbeatExchange, SelectorThread.TurnHandler {

  private static final Logger log = LoggerFactory.getLogger(UdpHeartbeats.class);

  private static final Duration TICK = Duration.ofMillis(20);

  /** A tick that comes later than this was a pause of the process. */
  private static final long PAUSE = FailureDetector.PERIOD.multipliedBy(3).dividedBy(2).toNanos();

  /** Another process of this node may still have the port for a moment. */
  private static final long BIND_INTERVAL = Duration.ofMillis(50).toNanos();

  private static final int SILENT_BINDS = 20;
  private static final int FAREWELLS = 3;

  private static final long NEWS_INTERVAL = Duration.ofMillis(10).toNanos();

  /** So that a flood cannot keep this node from sending. */
  private static final int MAX_DATAGRAMS = 256;

  private final HeartbeatSettings settings;
  private final HeartbeatListener listener;
  private final PeerObservations observations;
  private final LinkWitness linkWitness;
  private final HeartbeatProtocol protocol;
  private final HeartbeatCodec codec;
  private final long incarnation = System.currentTimeMillis();
  private final SelectorThread thread;

  private volatile boolean eligible;
  private volatile NodeLiveness liveness = NodeLiveness.UNKNOWN;
  private volatile SortedMap<String, PeerFault> faults = Collections.emptySortedMap();

  // Only the thread uses what follows.
  private final ByteBuffer outgoing = ByteBuffer.allocate(HeartbeatCodec.MAX_BYTES);
  private final ByteBuffer incoming = ByteBuffer.allocate(HeartbeatCodec.MAX_BYTES + 1);
  private @Nullable DatagramChannel channel;

  /** With another port, so that its datagrams do not end the silence of this node. */
  private @Nullable DatagramChannel silentChannel;

  private long nextSilentSend = System.nanoTime();
  private boolean started;
  private long nextBind = System.nanoTime();
  private List<HmacSha256> authenticators = List.of();
  private final Destinations destinations = new Destinations();
  private long sequence;
  private long nextSend = System.nanoTime();
  private long lastSend = nextSend;
  private boolean news;
  private Set<String> suspected = Set.of();
  private boolean missed;
  private int failedBinds;

  private UdpHeartbeats(
      HeartbeatSettings settings, NeighborProbe neighbors, HeartbeatListener listener) {
    this.settings = settings;
    this.listener = listener;
    this.observations = new PeerObservations(settings.node(), listener::received);
    this.protocol = observations.protocol();
    this.codec = new HeartbeatCodec(settings.node());
    this.thread = new SelectorThread("heartbeat", TICK, this);
    this.linkWitness = new LinkWitness(neighbors, listener, thread);
  }

  static UdpHeartbeats create(
      HeartbeatSettings settings, NeighborProbe neighbors, HeartbeatListener listener) {
    var exchange = new UdpHeartbeats(settings, neighbors, listener);
    exchange.thread.start();
    return exchange;
  }

  @Override
  public void setPeers(Map<String, InetAddress> peers) {
    thread.execute(
        () -> {
          observations.setPeers(peers, System.nanoTime());
          Map<String, InetSocketAddress> all = new HashMap<>();
          peers.forEach((node, at) -> all.put(node, new InetSocketAddress(at, settings.port())));
          destinations.replace(all);
        });
  }

  @Override
  public void setKeys(HeartbeatKeys keys) {
    thread.execute(() -> authenticators = keys.authenticators());
  }

  @Override
  public void setEligible(boolean now) {
    if (eligible != now) {
      eligible = now;
      thread.execute(() -> nextSend = System.nanoTime());
    }
  }

  @Override
  public void start() {
    thread.execute(() -> started = true);
  }

  @Override
  public void stop() {
    thread.execute(this::end);
  }

  @Override
  public void ended(String node) {
    thread.execute(() -> protocol.refused(node, System.nanoTime()));
  }

  @Override
  public NodeLiveness liveness() {
    return liveness;
  }

  @Override
  public SortedMap<String, PeerFault> faults() {
    return faults;
  }

  /** Ends without a word, as a process that is killed. */
  void mute() {
    thread.execute(
        () -> {
          started = false;
          closeChannel();
        });
  }

  @Override
  public void elapsed(long now, long elapsed) {
    long late = elapsed - TICK.toNanos();
    if (late > PAUSE) {
      protocol.paused(late, now);
      listener.paused(late);
    }
  }

  @Override
  public void turn(long now) {
    if (!started || authenticators.isEmpty()) {
      closeChannel();
      publish(NodeLiveness.UNKNOWN);
      return;
    }
    DatagramChannel open = channel == null ? bind(now) : channel;
    if (open == null) {
      return;
    }
    receive(open, now);
    boolean missedBefore = missed;
    missed = observations.isDeadForOthers(now);
    if (missed && !missedBefore) {
      listener.missed();
    }
    Set<String> before = suspected;
    suspected = protocol.suspected(now);
    NeighborAnswers answers =
        linkWitness.update(observations.isAlone(suspected), suspected, destinations.all(), now);
    news |= protocol.takeNews();
    if (now - nextSend >= 0 || !suspected.equals(before) || isNewsDue(now)) {
      publishHeartbeat(open);
    }
    publish(observations.liveness(answers, now));
    faults = observations.faults(liveness.dead(), now);
  }

  /** What is passed on at once must not become a storm. */
  private boolean isNewsDue(long now) {
    return news && now - lastSend >= NEWS_INTERVAL;
  }

  /** By a clock of this moment: the process may have been stopped since its turn began. */
  private void publishHeartbeat(DatagramChannel open) {
    long now = System.nanoTime();
    if (listener.mayPublish(now)) {
      nextSend = now + FailureDetector.PERIOD.toNanos();
      lastSend = now;
      news = false;
      if (send(open, eligible ? SenderState.ELIGIBLE : SenderState.INELIGIBLE)) {
        listener.published(now);
      }
    } else if (now - nextSilentSend >= 0 && silentChannel != null) {
      nextSilentSend = now + FailureDetector.PERIOD.toNanos();
      var unused = send(silentChannel, eligible ? SenderState.VERIFYING : SenderState.INELIGIBLE);
    }
  }

  private void publish(NodeLiveness now) {
    if (!now.equals(liveness)) {
      liveness = now;
      listener.livenessChanged();
    }
  }

  private @Nullable DatagramChannel bind(long now) {
    if (now - nextBind < 0) {
      return null;
    }
    nextBind = now + BIND_INTERVAL;
    try {
      DatagramChannel opened = openChannel(settings.port());
      channel = opened;
      opened.register(thread.selector(), SelectionKey.OP_READ);
      silentChannel = openChannel(0);
      failedBinds = 0;
      return opened;
    } catch (IOException e) {
      closeChannel();
      failedBinds++;
      if (failedBinds == SILENT_BINDS) {
        log.warn(
            "Cannot receive heartbeats at {}:{} ({}). Until this node can, the API server decides which"
                + " nodes are alive. Stop the program that has the UDP port",
            settings.address().getHostAddress(),
            settings.port(),
            e.getMessage());
      }
      return null;
    }
  }

  private DatagramChannel openChannel(int port) throws IOException {
    DatagramChannel opened = DatagramChannel.open();
    try {
      opened.bind(new InetSocketAddress(settings.address(), port));
      opened.configureBlocking(false);
      return opened;
    } catch (IOException e) {
      opened.close();
      throw e;
    }
  }

  private void receive(DatagramChannel open, long now) {
    try {
      for (int i = 0; i < MAX_DATAGRAMS; i++) {
        incoming.clear();
        if (!(open.receive(incoming) instanceof InetSocketAddress sender)) {
          return;
        }
        incoming.flip();
        if (!observations.isPeer(sender.getAddress())) {
          continue;
        }
        switch (codec.decode(incoming, authenticators)) {
          case DecodeResult.Decoded heartbeat -> observations.heard(heartbeat, now);
          case DecodeResult.NotVerified _ -> observations.notVerified(sender.getAddress(), now);
          case DecodeResult.Foreign _ -> {}
        }
      }
    } catch (IOException e) {
      // Such as ECONNREFUSED, by which a node answers that has no data plane now.
      log.debug("Cannot receive a heartbeat: {}", e.getMessage());
    }
  }

  /** Returns whether it was sent to a node. */
  private boolean send(DatagramChannel open, SenderState state) {
    sequence++;
    long now = System.nanoTime();
    destinations.update(protocol, now);
    HeartbeatContent content = protocol.content(state, sequence, now);
    boolean sent = send(open, content, destinations.neighbors());
    if (destinations.transitional().length > 0) {
      sent |= send(open, content.asTransitional(), destinations.transitional());
    }
    return sent;
  }

  private boolean send(DatagramChannel open, HeartbeatContent content, InetSocketAddress[] to) {
    boolean sent = false;
    codec.encode(incarnation, sequence, content, authenticators.getFirst(), outgoing);
    for (InetSocketAddress destination : to) {
      try {
        sent |= open.send(outgoing.rewind(), destination) > 0;
      } catch (IOException e) {
        // The node is not reachable now. It finds out by itself.
        log.debug("Cannot send a heartbeat to {}: {}", destination, e.getMessage());
      }
    }
    return sent;
  }

  /** Says farewell several times, since datagrams get lost. */
  @Override
  public void end() {
    started = false;
    observations.clear();
    linkWitness.clear();
    DatagramChannel open = channel;
    if (open != null && !authenticators.isEmpty()) {
      for (int i = 0; i < FAREWELLS; i++) {
        var unused = send(open, SenderState.FAREWELL);
      }
    }
    closeChannel();
  }

  private void closeChannel() {
    DatagramChannel open = channel;
    DatagramChannel silent = silentChannel;
    channel = null;
    silentChannel = null;
    closeQuietly(open);
    closeQuietly(silent);
  }

  private static void closeQuietly(@Nullable DatagramChannel open) {
    try {
      if (open != null) {
        open.close();
      }
    } catch (IOException e) {
      log.debug("Cannot close the socket of the heartbeats: {}", e.getMessage());
    }
  }

  @Override
  public void close() {
    thread.close();
  }
}
