package dev.ballast.dataplane.server.claims;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * One connection to another node: frames with a length before each, which is bounded. After both
 * sides have proved that they have a key, each frame ends with a tag. One thread uses it.
 */
final class ClaimConnection {

  private static final SecureRandom RANDOM = new SecureRandom();

  /** A frame of a side that has not proved anything yet. */
  private static final int MAX_HANDSHAKE_BYTES = 512;

  final SocketChannel channel;
  final boolean dialer;
  private final SelectionKey selection;
  private final List<SecretKeySpec> keys;
  private final Owner owner;
  private final byte[] hello;

  /** What follows {@link #writing}. A frame gets its form when the kernel has room for it. */
  private final Queue<Iterator<ClaimFrame>> outgoing = new ArrayDeque<>();

  private ByteBuffer writing = ByteBuffer.allocate(0);
  private ByteBuffer incoming = ByteBuffer.allocate(Integer.BYTES + MAX_HANDSHAKE_BYTES);
  private @Nullable SessionAuthenticator authenticator;
  private @Nullable Mac sending;
  private @Nullable Mac receiving;
  private @Nullable SecretKeySpec peerKey;
  private long sent;
  private long received;

  /** The other node, as soon as it has said its name. */
  @Nullable String peer;

  private byte peerVersion;

  /** When the last bytes arrived. Before the proof of a key: when this began. */
  long lastRead;

  /** What the exchange does with frames. */
  interface Owner {

    /** Whether this node of the cluster may be at the other end of the connection. */
    boolean isExpected(String node, ClaimConnection connection);

    /** Both sides have proved that they have a key. */
    void opened(ClaimConnection connection) throws IOException;

    void received(ClaimConnection connection, ClaimFrame frame) throws IOException;
  }

  ClaimConnection(
      String self,
      SocketChannel channel,
      SelectionKey selection,
      boolean dialer,
      List<SecretKeySpec> keys,
      Owner owner,
      long now) {
    this.channel = channel;
    this.selection = selection;
    this.dialer = dialer;
    this.keys = keys;
    this.owner = owner;
    this.lastRead = now;
    byte[] nonce = new byte[ClaimFrame.NONCE_BYTES];
    RANDOM.nextBytes(nonce);
    this.hello =
        ClaimFrame.encode(new ClaimFrame.Hello(ClaimFrame.VERSION, ByteBuffer.wrap(nonce), self));
  }

  /** Whether both sides have proved that they have a key. */
  boolean isOpen() {
    return receiving != null;
  }

  /** Whether the other node knows {@link HandoverFrame}s. */
  boolean hasHandovers() {
    return isOpen() && peerVersion >= ClaimFrame.HANDOVERS;
  }

  /** Whether the keys of both directions are among these. */
  boolean hasKeyOf(List<SecretKeySpec> now) {
    return now.contains(keys.getFirst()) && (peerKey == null || now.contains(peerKey));
  }

  /** The dialer begins. */
  void connected() throws IOException {
    selection.interestOps(SelectionKey.OP_READ);
    if (dialer) {
      handshake(hello);
    }
  }

  /** To be called after the handshake. */
  void send(ClaimFrame frame) throws IOException {
    send(List.of(frame).iterator());
  }

  /** Sends as fast as the other node reads. Frames of later calls follow. */
  void send(Iterator<ClaimFrame> frames) throws IOException {
    outgoing.add(frames);
    flush();
  }

  /** Instead of what was not sent yet, since this connection ends. */
  void sayBye() {
    outgoing.clear();
    try {
      send(new ClaimFrame.Bye());
    } catch (IOException e) {
      // The other node takes it for the end of the process, and finds out that it is not.
      outgoing.clear();
    }
  }

  /** Before the next frame, which is signed, so that this is not. */
  private void handshake(byte[] frame) throws IOException {
    writing =
        ByteBuffer.allocate(writing.remaining() + Integer.BYTES + frame.length)
            .put(writing)
            .putInt(frame.length)
            .put(frame)
            .flip();
    flush();
  }

  private static ByteBuffer signed(Mac session, long sequence, byte[] frame) {
    int tag = SessionAuthenticator.FRAME_TAG_BYTES;
    return ByteBuffer.allocate(Integer.BYTES + frame.length + tag)
        .putInt(frame.length + tag)
        .put(frame)
        .put(SessionAuthenticator.tag(session, sequence, ByteBuffer.wrap(frame)))
        .flip();
  }

  /** Writes what the kernel takes. */
  void flush() throws IOException {
    while (writing.hasRemaining() || prepareNext()) {
      channel.write(writing);
      if (writing.hasRemaining()) {
        selection.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        return;
      }
    }
    selection.interestOps(SelectionKey.OP_READ);
  }

  /** Returns whether there is a frame to write. */
  private boolean prepareNext() {
    Mac session = sending;
    while (!outgoing.isEmpty() && !outgoing.element().hasNext()) {
      outgoing.remove();
    }
    if (session == null || outgoing.isEmpty()) {
      return false;
    }
    writing = signed(session, sent++, ClaimFrame.encode(outgoing.element().next()));
    return true;
  }

  /** Reads what has arrived, and handles all complete frames. */
  void read(long now) throws IOException {
    int count = channel.read(incoming);
    if (count < 0) {
      throw new EOFException("closed by the other node");
    }
    if (isOpen()) {
      lastRead = now;
    }
    incoming.flip();
    while (incoming.remaining() >= Integer.BYTES) {
      int length = incoming.getInt(incoming.position());
      if (length < 1 || length > maxFrame()) {
        throw new ProtocolException("a frame of %d bytes".formatted(length));
      }
      if (incoming.remaining() < Integer.BYTES + length) {
        break;
      }
      byte[] frame = new byte[length];
      incoming.getInt();
      incoming.get(frame);
      handle(frame);
    }
    incoming.compact();
    if (isOpen() && incoming.capacity() < maxFrame()) {
      incoming = ByteBuffer.allocate(Integer.BYTES + maxFrame()).put(incoming.flip());
    }
  }

  private int maxFrame() {
    return isOpen()
        ? ClaimFrame.MAX_BYTES + SessionAuthenticator.FRAME_TAG_BYTES
        : MAX_HANDSHAKE_BYTES;
  }

  private void handle(byte[] frame) throws IOException {
    Mac session = receiving;
    if (session != null) {
      owner.received(this, decode(verified(session, frame)));
      return;
    }
    switch (decode(ByteBuffer.wrap(frame))) {
      case ClaimFrame.Hello(byte version, ByteBuffer _, String node) -> {
        peerVersion = version;
        onHello(frame, node);
      }
      case ClaimFrame.Proof(ByteBuffer tag) -> onProof(tag);
      case ClaimFrame.Restart _,
          ClaimFrame.Update _,
          ClaimFrame.Complete _,
          ClaimFrame.Ping _,
          ClaimFrame.Pong _,
          ClaimFrame.Bye _,
          ClaimFrame.Unknown _,
          HandoverFrame _ ->
          throw new ProtocolException("a frame before the proof of a key");
    }
  }

  private ByteBuffer verified(Mac session, byte[] frame) throws ProtocolException {
    int length = frame.length - SessionAuthenticator.FRAME_TAG_BYTES;
    if (length < 1) {
      throw new ProtocolException("a frame without a tag");
    }
    ByteBuffer body = ByteBuffer.wrap(frame, 0, length);
    byte[] tag = SessionAuthenticator.tag(session, received++, body.duplicate());
    if (!MessageDigest.isEqual(tag, Arrays.copyOfRange(frame, length, frame.length))) {
      throw new ProtocolException("a frame with a wrong tag");
    }
    return body;
  }

  private static ClaimFrame decode(ByteBuffer body) throws ProtocolException {
    return ClaimFrame.decode(body).orElseThrow(() -> new ProtocolException("a malformed frame"));
  }

  private void onHello(byte[] frame, String node) throws IOException {
    if (authenticator != null || !owner.isExpected(node, this)) {
      throw new ProtocolException("a node that is not expected: " + node);
    }
    peer = node;
    authenticator =
        dialer ? new SessionAuthenticator(hello, frame) : new SessionAuthenticator(frame, hello);
    if (!dialer) {
      handshake(hello);
      prove(authenticator);
    }
  }

  private void onProof(ByteBuffer proof) throws IOException {
    SessionAuthenticator both = authenticator;
    if (both == null) {
      throw new ProtocolException("a proof before the name");
    }
    byte[] tag = new byte[proof.remaining()];
    proof.duplicate().get(tag);
    SecretKeySpec key =
        both.verify(tag, !dialer, keys)
            .orElseThrow(() -> new ProtocolException("the keys of the two nodes differ"));
    if (dialer) {
      prove(both);
    }
    peerKey = key;
    sending = both.session(keys.getFirst(), dialer);
    receiving = both.session(key, !dialer);
    owner.opened(this);
  }

  private void prove(SessionAuthenticator both) throws IOException {
    byte[] tag = both.proof(keys.getFirst(), dialer);
    handshake(ClaimFrame.encode(new ClaimFrame.Proof(ByteBuffer.wrap(tag))));
  }

  String peerName() {
    return Objects.requireNonNullElse(peer, "");
  }

  void close() {
    try {
      channel.close();
    } catch (IOException e) {
      // Nothing depends on it: the selector forgets the channel in any case.
      selection.cancel();
    }
  }
}
