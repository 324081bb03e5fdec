package dev.ballast.dataplane.server.claims;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listens for the connections of other nodes. One thread uses it. */
final class ClaimServerSocket {

  private static final Logger log = LoggerFactory.getLogger(ClaimServerSocket.class);

  /** Another process of this node may still have the port for a moment. */
  private static final long BIND_INTERVAL = Duration.ofMillis(50).toNanos();

  private static final int SILENT_BINDS = 20;

  private final InetSocketAddress local;
  private final Selector selector;
  private @Nullable ServerSocketChannel server;
  private long nextBind = System.nanoTime();
  private int failedBinds;

  ClaimServerSocket(InetSocketAddress local, Selector selector) {
    this.local = local;
    this.selector = selector;
  }

  boolean isOpen() {
    return server != null;
  }

  /** Listens, unless this does already or has failed just now. */
  void open(long now) {
    if (server != null || now - nextBind < 0) {
      return;
    }
    nextBind = now + BIND_INTERVAL;
    try {
      server = bind();
      failedBinds = 0;
    } catch (IOException e) {
      failedBinds++;
      if (failedBinds == SILENT_BINDS) {
        log.warn(
            "Cannot listen on {} ({}). Until this node can, others learn its claims from the API"
                + " server only. Stop the program that has the TCP port",
            local,
            e.getMessage());
      }
    }
  }

  private ServerSocketChannel bind() throws IOException {
    ServerSocketChannel opened = ServerSocketChannel.open();
    try {
      opened.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      opened.bind(local);
      opened.configureBlocking(false);
      opened.register(selector, SelectionKey.OP_ACCEPT);
      return opened;
    } catch (IOException e) {
      opened.close();
      throw e;
    }
  }

  Optional<SocketChannel> accept() throws IOException {
    ServerSocketChannel open = server;
    SocketChannel channel = open == null ? null : open.accept();
    return channel == null ? Optional.empty() : Optional.of(configured(channel));
  }

  /**
   * A socket to connect to another node with.
   *
   * @throws IOException such as without the address of this node, which a link without a carrier
   *     may lose
   */
  SocketChannel dial() throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      return configured(channel.bind(new InetSocketAddress(local.getAddress(), 0)));
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static SocketChannel configured(SocketChannel channel) throws IOException {
    channel.configureBlocking(false);
    return channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
  }

  void close() {
    ServerSocketChannel open = server;
    if (open != null) {
      server = null;
      try {
        open.close();
      } catch (IOException e) {
        log.debug("Cannot close the listener for claims: {}", e.getMessage());
      }
    }
  }
}
