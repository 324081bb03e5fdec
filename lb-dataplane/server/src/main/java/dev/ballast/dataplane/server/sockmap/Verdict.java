package dev.ballast.dataplane.server.sockmap;

import java.io.IOException;

/**
 * The program that the kernel runs for each piece of data that a socket of ours has received, in
 * order and never twice at a time for one socket. It knows two answers:
 *
 * <ul>
 *   <li><b>redirect</b>: the kernel sends the piece on the other socket of the pair;
 *   <li><b>hold</b>: the piece stays with its own socket, in its receive buffer, for user space to
 *       read. That is also what makes the sender slow down: only what was read, or redirected,
 *       opens the window again.
 * </ul>
 *
 * It redirects only if
 *
 * <ol>
 *   <li>nothing that it has held waits: the count of bytes held is what user space says it has sent
 *       on ({@code released}); so no byte overtakes another one, and neither side ever waits for
 *       the other to switch;
 *   <li>the other socket is there, and its send buffer has room for this and for all that was
 *       redirected to it and is still on its way. The kernel itself would queue without bound.
 * </ol>
 *
 * "On its way" is what was redirected less what the socket has taken since, by its {@code
 * write_seq}; both are counted from the last time when user space had sent everything.
 */
final class Verdict {

  // Numbers of functions: enum bpf_func_id.
  private static final int MAP_LOOKUP_ELEM = 1;
  private static final int GET_SOCKET_COOKIE = 46;
  private static final int SK_REDIRECT_MAP = 52;
  private static final int SK_RELEASE = 86;
  private static final int SKC_TO_TCP_SOCK = 137;

  private static final int SK_DROP = 0;
  private static final int SK_PASS = 1;
  private static final int SKB_LENGTH = 0; // in struct __sk_buff

  // On the stack, from its end.
  private static final int COOKIE = -8;
  private static final int SLOT = -16;

  /** Where this kernel has what the program reads of the other socket. */
  record Fields(int writeSequence, int queued, int sendBuffer) {
    static Fields of(KernelTypes types) throws IOException {
      return new Fields(
          types.offset("tcp_sock", "write_seq"),
          types.offset("sock", "sk_wmem_queued"),
          types.offset("sock", "sk_sndbuf"));
    }
  }

  /**
   * @param slots of sockets, by cookie
   * @param flows by slot; see {@link Flow}
   * @param sockets by slot; those of a pair differ in the lowest bit
   */
  static Instructions program(int slots, int flows, int sockets, Fields fields) {
    int context = 6;
    int peer = 7;
    int flow = 8;
    int length = 9;
    int stack = 10;
    return new Instructions()
        .move(context, 1)
        // Which flow is this?
        .call(GET_SOCKET_COOKIE)
        .store64(stack, COOKIE, 0)
        .map(1, slots)
        .move(2, stack)
        .advance(2, COOKIE)
        .call(MAP_LOOKUP_ELEM)
        .ifZero(0, "pass")
        .load32(peer, 0, 0)
        .store32(stack, SLOT, peer)
        .map(1, flows)
        .move(2, stack)
        .advance(2, SLOT)
        .call(MAP_LOOKUP_ELEM)
        .ifZero(0, "pass")
        .move(flow, 0)
        // Without data it is FIN, and the socket knows already. Neither way is safe for it: a
        // worker
        // that finds nothing to do for a piece takes that for an error (sk_psock_backlog).
        .load32(length, context, SKB_LENGTH)
        .ifZero(length, "end")
        // Does something that was held still wait?
        .load64(1, flow, Flow.HELD)
        .load64(2, flow, Flow.RELEASED)
        .ifDifferent(1, 2, "hold")
        // Is the other socket there?
        .xor32(peer, 1)
        .store32(stack, SLOT, peer)
        .map(1, sockets)
        .move(2, stack)
        .advance(2, SLOT)
        .call(MAP_LOOKUP_ELEM)
        .ifZero(0, "hold")
        .move(peer, 0)
        .move(1, peer)
        .call(SKC_TO_TCP_SOCK)
        .ifZero(0, "full")
        .load32(1, 0, fields.writeSequence)
        .load32(2, 0, fields.queued)
        .load32(3, 0, fields.sendBuffer)
        // The first after user space had its turn: all that came before was taken. Count from here.
        .load32(4, flow, Flow.HOLDING)
        .ifZero(4, "counted")
        .storeValue32(flow, Flow.HOLDING, 0)
        .store32(flow, Flow.BASE, 1)
        .storeValue32(flow, Flow.SINCE, 0)
        .label("counted")
        // On its way, plus what waits to be acknowledged, plus this: at most half the send buffer,
        // since the other half goes for what the kernel needs around the bytes.
        .load32(4, flow, Flow.BASE)
        .subtract32(1, 4)
        .load32(4, flow, Flow.SINCE)
        .subtract32(4, 1)
        .add32(4, 2)
        .add32(4, length)
        .shiftRight32(3, 1)
        .ifGreater32(4, 3, "full")
        // Redirect.
        .move(1, peer)
        .call(SK_RELEASE)
        .load32(1, flow, Flow.SINCE)
        .add32(1, length)
        .store32(flow, Flow.SINCE, 1)
        .load64(1, flow, Flow.REDIRECTED)
        .add64(1, length)
        .store64(flow, Flow.REDIRECTED, 1)
        .move(1, context)
        .map(2, sockets)
        .load32(3, stack, SLOT)
        .set(4, 0)
        .call(SK_REDIRECT_MAP)
        .exit()
        .label("full")
        .move(1, peer)
        .call(SK_RELEASE)
        .label("hold")
        .storeValue32(flow, Flow.HOLDING, 1)
        .load64(1, flow, Flow.HELD)
        .add64(1, length)
        .store64(flow, Flow.HELD, 1)
        .label("pass")
        .set(0, SK_PASS)
        .exit()
        .label("end")
        .set(0, SK_DROP)
        .exit();
  }

  private Verdict() {}
}
