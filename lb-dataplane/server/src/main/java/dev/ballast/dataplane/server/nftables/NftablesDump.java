package dev.ballast.dataplane.server.nftables;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Reads a list that the kernel sends in parts, while another program may change the ruleset. */
@FunctionalInterface
public interface NftablesDump<T> {

  /** Nothing if the ruleset has changed meanwhile, so that the list may be wrong. */
  Optional<List<T>> read() throws IOException;

  /**
   * Reads until the ruleset does not change meanwhile.
   *
   * @throws IOException also when it changes all the time
   */
  static <T> List<T> unchanging(NftablesDump<T> dump) throws IOException {
    for (int attempt = 0; attempt < 10; attempt++) {
      Optional<List<T>> read = dump.read();
      if (read.isPresent()) {
        return read.get();
      }
    }
    throw new IOException("another program changes nftables all the time");
  }
}
