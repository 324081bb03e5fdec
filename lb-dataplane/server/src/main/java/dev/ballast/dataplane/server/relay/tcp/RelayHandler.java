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
 * One of the two connections of a session: what it reads goes to the other one.
 *
 * <p>Reads are asked for one by one, and only while the other connection's buffer is below its
 * watermark; so a session holds at most that plus one read in each direction.
 */
@SuppressWarnings(
    "FutureReturnValueIgnored") // of close() and its like: the channel tells what came of it
final class RelayHandler extends ChannelInboundHandlerAdapter {

  private static final Logger LOG = LoggerFactory.getLogger(RelayHandler.class);

  private final ChannelSession session;
  private final Channel channel;
  private final LongAdder bytes;

  /** The other side, once it can take bytes. */
  private @Nullable RelayHandler other;

  /** What came before there was another side. */
  private ByteBuf early = Unpooled.EMPTY_BUFFER;

  /** A read was asked for and has not been answered. */
  private boolean asked;

  /** FIN came in: nothing more to read. */
  private boolean ended;

  /** The other side ended and all it had sent is written here: nothing more to write. */
  private boolean finished;

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

  /** From now on {@code to} takes what this side reads; starts with what it has read before. */
  void join(RelayHandler to) {
    other = to;
    if (early.isReadable()) {
      to.channel.writeAndFlush(early, to.channel.voidPromise());
      early = Unpooled.EMPTY_BUFFER;
    }
    if (ended) {
      to.finish();
    } else {
      readIfRoom();
    }
  }

  void reset() {
    early.release();
    early = Unpooled.EMPTY_BUFFER;
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
    if (session.isOver()) {
      read.release();
      return;
    }
    session.touch();
    bytes.add(read.readableBytes());
    if (other != null) {
      other.channel.write(read, other.channel.voidPromise());
    } else {
      early = early.isReadable() ? Unpooled.wrappedBuffer(early, read) : read;
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    asked = false;
    if (session.isOver() || ended) {
      return;
    }
    if (other != null) {
      other.channel.flush();
      readIfRoom();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (other != null && channel.isWritable()) {
      other.readIfRoom();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event != ChannelInputShutdownEvent.INSTANCE || session.isOver() || closed || ended) {
      return;
    }
    ended = true;
    if (other != null) {
      other.finish();
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
      LOG.atError()
          .setCause(cause)
          .addKeyValue(LogKeys.FRONTEND, session.entrance().binding())
          .log("A connection was reset because of a bug in the relay");
    }
    session.reset();
  }

  private void readIfRoom() {
    RelayHandler to = other;
    if (to != null && !ended && !asked && !session.isOver() && to.channel.isWritable()) {
      asked = true;
      channel.read();
    }
  }

  /** The other side has ended: passes its FIN on, after the bytes that came before it. */
  private void finish() {
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            written -> {
              if (session.isOver()) {
                return;
              }
              if (!written.isSuccess()) {
                session.reset();
                return;
              }
              finished = true;
              if (!closeIfDone()) {
                ((DuplexChannel) channel).shutdownOutput();
              }
            });
  }

  /**
   * Closes this connection when nothing can come in or go out any more, even while the other one
   * still has bytes to write: a socket with both ends shut would wake the loop without end.
   */
  private boolean closeIfDone() {
    if (!ended || !finished || closed) {
      return closed;
    }
    closed = true;
    channel.close();
    session.sideClosed();
    return true;
  }
}
