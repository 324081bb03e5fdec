package dev.ballast.dataplane.server.announce.route;

import dev.ballast.dataplane.server.netlink.NetlinkSocket;
import dev.ballast.dataplane.server.socket.ErrnoException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Receives the notifications of rtnetlink(7) on a thread of its own. */
public final class RouteMonitor implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(RouteMonitor.class);

  private static final int RTNLGRP_LINK = 1;
  private static final int RTNLGRP_IPV4_IFADDR = 5;
  private static final int RTNLGRP_IPV4_ROUTE = 7;
  private static final int RTNLGRP_IPV6_IFADDR = 9;
  private static final int RTNLGRP_IPV6_ROUTE = 11;
  private static final int RTNLGRP_IPV4_NETCONF = 24;

  private static final long PAUSE_MILLIS = 100;

  private final NetlinkSocket netlink;
  private final RouteChangeListener listener;
  private volatile boolean closed;

  /** Is called on the thread of the monitor. May not block. */
  public interface RouteChangeListener {

    /** A route of Ballast may be gone: deleted by this process or another, or replaced. */
    void localRoutesChanged();

    /** An interface, an address of it, or its reverse path filter has changed in whatever way. */
    void interfacesChanged();
  }

  private RouteMonitor(NetlinkSocket netlink, RouteChangeListener listener) {
    this.netlink = netlink;
    this.listener = listener;
  }

  /** Starts the thread. The listener hears of everything that happens after this call. */
  public static RouteMonitor start(RouteChangeListener listener) throws IOException {
    var monitor =
        new RouteMonitor(
            NetlinkSocket.subscribe(
                NetlinkSocket.ROUTE,
                RTNLGRP_LINK,
                RTNLGRP_IPV4_IFADDR,
                RTNLGRP_IPV4_ROUTE,
                RTNLGRP_IPV6_IFADDR,
                RTNLGRP_IPV6_ROUTE,
                RTNLGRP_IPV4_NETCONF),
            listener);
    Thread.ofPlatform().daemon().name("route-monitor").start(monitor::run);
    return monitor;
  }

  private void run() {
    while (!closed) {
      try {
        netlink.readNotifications(this::received);
      } catch (ErrnoException e) {
        if (!e.isRetryable()) {
          lost(e);
        }
      } catch (IOException e) {
        lost(e);
      }
    }
    netlink.close();
  }

  private void received(int type, ByteBuffer message) {
    switch (type) {
      case RtnetlinkMessage.RTM_NEWLINK,
          RtnetlinkMessage.RTM_DELLINK,
          RtnetlinkMessage.RTM_NEWADDR,
          RtnetlinkMessage.RTM_DELADDR,
          RtnetlinkMessage.RTM_NEWNETCONF ->
          listener.interfacesChanged();
      case RtnetlinkMessage.RTM_DELROUTE -> {
        if (RtnetlinkMessage.ownRoute(message).isPresent()) {
          listener.localRoutesChanged();
        }
      }
      // A route that replaces another one is notified as new, and nothing as deleted.
      case RtnetlinkMessage.RTM_NEWROUTE -> {
        if (RtnetlinkMessage.isForeignLocalRoute(message)) {
          listener.localRoutesChanged();
        }
      }
      default -> {}
    }
  }

  /** The kernel drops notifications when they come faster than they are read (ENOBUFS). */
  private void lost(IOException e) {
    log.debug("Notifications of routes were lost: {}", e.getMessage());
    listener.localRoutesChanged();
    listener.interfacesChanged();
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
  }

  /** The thread may be waiting; it closes the socket within some seconds. */
  @Override
  public void close() {
    closed = true;
  }
}
