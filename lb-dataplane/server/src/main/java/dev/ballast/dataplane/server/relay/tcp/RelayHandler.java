package dev.ballast.dataplane.server.relay.tcp;

import dev.ballast.logging.LogKeys;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The handler of one of the two channels of a session: relays what it reads to the other channel.
 *
 * <p>It requests reads one by one, and only while the other channel is writable. So a session
 * buffers at most the high watermark plus one read in each direction.
 */
@SuppressWarnings(
    "FutureReturnValueIgnored") // of close() and the like: handlers and listeners of the channel
// report failures
final class RelayHandler extends ChannelInboundHandlerAdapter {

  private static final Logger log = LoggerFactory.getLogger(RelayHandler.class);

  private final ChannelSession session;
  private final Channel channel;
  private final LongAdder bytes;

  /** The handler of the other channel, once it is connected. */
  private @Nullable RelayHandler peer;

  /** What was read before the other channel was connected. */
  private ByteBuf pending = Unpooled.EMPTY_BUFFER;

  /** A read was requested and has not completed. */
  private boolean readRequested;

  /** FIN was received: nothing more to read. */
  private boolean inputClosed;

  /** FIN was sent, after all data of the other channel: nothing more to write. */
  private boolean outputClosed;

  private boolean closed;

  RelayHandler(ChannelSession session, Channel channel, LongAdder bytes) {
    this.session = session;
    this.channel = channel;
    this.bytes = bytes;
  }

  Channel channel() {
    return channel;
  }

  boolean isClosed() {
    return closed;
  }

  /** Starts to relay to {@code to}, first what was read before. */
  void relayTo(RelayHandler to) {
    peer = to;
    if (pending.isReadable()) {
      to.channel.writeAndFlush(pending, to.channel.voidPromise());
      pending = Unpooled.EMPTY_BUFFER;
    }
    if (inputClosed) {
      to.shutdownOutput();
    } else {
      readIfWritable();
    }
  }

  void reset() {
    pending.release();
    pending = Unpooled.EMPTY_BUFFER;
    if (!closed) {
      closed = true;
      resetChannel(channel);
    }
  }

  static void resetChannel(Channel channel) {
    if (channel.isOpen()) {
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
      channel.close();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf read = (ByteBuf) message;
    if (session.isEnded()) {
      read.release();
      return;
    }
    session.touch();
    bytes.add(read.readableBytes());
    if (peer != null) {
      peer.channel.write(read, peer.channel.voidPromise());
    } else {
      pending = pending.isReadable() ? Unpooled.wrappedBuffer(pending, read) : read;
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    readRequested = false;
    if (session.isEnded() || inputClosed) {
      return;
    }
    if (peer != null) {
      peer.channel.flush();
      readIfWritable();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (peer != null && channel.isWritable()) {
      peer.readIfWritable();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event != ChannelInputShutdownEvent.INSTANCE || session.isEnded() || closed || inputClosed) {
      return;
    }
    inputClosed = true;
    if (peer != null) {
      peer.shutdownOutput();
    }
    closeIfDone();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (!closed) {
      session.reset();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {

    if (!(cause instanceof IOException)) {
      log.atError()
          .setCause(cause)
          .addKeyValue(LogKeys.FRONTEND, session.context().binding())
          .log("Reset a connection because of a bug in the relay");
    }
    session.reset();
  }

  private void readIfWritable() {
    RelayHandler to = peer;
    if (to != null
        && !inputClosed
        && !readRequested
        && !session.isEnded()
        && to.channel.isWritable()) {
      readRequested = true;
      channel.read();
    }
  }

  /** The other channel has received FIN: sends it on, after the data that came before it. */
  private void shutdownOutput() {
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            written -> {
              if (session.isEnded()) {
                return;
              }
              if (!written.isSuccess()) {
                session.reset();
                return;
              }
              outputClosed = true;
              if (!closeIfDone()) {
                ((DuplexChannel) channel).shutdownOutput();
              }
            });
  }

  /**
   * Closes this channel when both directions are closed, even while the other channel still has
   * data to write: a socket with both directions shut down would wake the loop again and again.
   */
  private boolean closeIfDone() {
    if (!inputClosed || !outputClosed || closed) {
      return closed;
    }
    closed = true;
    channel.close();
    session.connectionClosed();
    return true;
  }
}
