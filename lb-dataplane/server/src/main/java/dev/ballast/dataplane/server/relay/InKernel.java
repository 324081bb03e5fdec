package dev.ballast.dataplane.server.relay;

import dev.ballast.dataplane.server.sockmap.Sockmap;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Whether the kernel may move the bytes of connections by itself, from when on, and for how many.
 *
 * @param afterReads of a connection, in both directions: joining costs as much as reading and
 *     writing a few times, so what is over soon stays in user space
 * @param pairs at most, on each event loop; those beyond stay in user space
 */
public record InKernel(boolean wanted, int afterReads, int pairs) {

  public static final InKernel NEVER = new InKernel(false, 0, 0);

  /** And where not, in user space. */
  public static final InKernel WHERE_POSSIBLE = new InKernel(true, 16, 16 * 1024);

  /** What came of it, and why. */
  sealed interface Outcome {
    /** One for each event loop. */
    record Possible(List<Sockmap> sockmaps) implements Outcome {}

    record Impossible(String why) implements Outcome {}
  }

  /** Tries it out, on loopback, since no version number tells. */
  Outcome tryOut(int loops) {
    if (!wanted) {
      return new Outcome.Impossible("it is switched off");
    }
    List<Sockmap> opened = new ArrayList<>();
    try {
      Trial.run();
      for (int i = 0; i < loops; i++) {
        opened.add(Sockmap.open(pairs));
      }
      return new Outcome.Possible(List.copyOf(opened));
    } catch (IOException e) {
      opened.forEach(Sockmap::close);
      return new Outcome.Impossible(String.valueOf(e.getMessage()));
    }
  }
}
