package dev.ballast.dataplane.server.nftables;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.ballast.dataplane.server.netlink.NetlinkAttributes;
import dev.ballast.dataplane.server.netlink.NetlinkSocket;
import dev.ballast.dataplane.server.socket.ErrnoException;
import dev.ballast.dataplane.server.socket.RawSocket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches for changes of tables by other programs, on a thread of its own. kube-proxy changes its
 * tables all the time, so an event of another table costs a comparison of its name.
 */
public final class NftablesMonitor implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(NftablesMonitor.class);

  /** {@code NFNLGRP_NFTABLES} */
  private static final int GROUP = 7;

  /** {@code NFT_MSG_NEWGEN}: ends the notifications of a transaction. */
  private static final int NEW_GENERATION = 15;

  private static final int BUFFER = 8 << 20;
  private static final long PAUSE_MILLIS = 1000;

  private final NetlinkSocket netlink;
  private final byte[] name;
  private final IntPredicate ownPort;
  private final Runnable onChange;
  private volatile boolean closed;

  private NftablesMonitor(
      NetlinkSocket netlink, String name, IntPredicate ownPort, Runnable onChange) {
    this.netlink = netlink;
    byte[] text = name.getBytes(UTF_8);
    this.name = Arrays.copyOf(text, text.length + 1);
    this.ownPort = ownPort;
    this.onChange = onChange;
  }

  /**
   * Starts the thread.
   *
   * @param name of the tables, of any family
   * @param ownPort whether a port id is of this process's socket for changes
   * @param onChange called by the thread when another program has changed one of the tables, or may
   *     have: it must not block for long
   */
  public static NftablesMonitor start(String name, IntPredicate ownPort, Runnable onChange)
      throws IOException {
    NetlinkSocket netlink = NetlinkSocket.subscribe(NetlinkSocket.NETFILTER, GROUP);
    netlink.setBufferSizes(BUFFER);
    var monitor = new NftablesMonitor(netlink, name, ownPort, onChange);
    Thread.ofPlatform().daemon().name("nftables-monitor").start(monitor::run);
    return monitor;
  }

  private void run() {
    while (!closed) {
      try {
        boolean[] changed = {false};
        netlink.readNotifications((type, message) -> changed[0] |= isForeignChange(type, message));
        if (changed[0]) {
          onChange.run();
        }
      } catch (ErrnoException e) {
        if (e.errno() == ErrnoException.ENOBUFS) {
          onChange.run();
        } else if (!e.isRetryable()) {
          pauseAfter(e);
        }
      } catch (IOException e) {
        pauseAfter(e);
      }
    }
    netlink.close();
  }

  private boolean isForeignChange(int type, ByteBuffer message) {
    if (type >> 8 != NftablesMessage.SUBSYSTEM
        || (type & 0xff) == NEW_GENERATION
        || ownPort.test(message.getInt(12))) {
      return false;
    }
    message.position(NftablesMessage.HEADER);
    // The first attribute of every message is the name of the table.
    return NetlinkAttributes.find(message, 1)
        .filter(table -> table.equals(ByteBuffer.wrap(name)))
        .isPresent();
  }

  private static void pauseAfter(IOException e) {
    log.warn("Cannot read the changes of nftables, trying again: {}", e.getMessage());
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
  }

  /** The thread ends within {@link RawSocket#TIMEOUT}. */
  @Override
  public void close() {
    closed = true;
  }
}
