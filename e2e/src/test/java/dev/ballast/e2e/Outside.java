package dev.ballast.e2e;

import java.util.List;
import java.util.stream.IntStream;

/** A client outside the cluster. */
final class Outside {

  private Outside() {}

  /**
   * An answer over HTTP.
   *
   * @param status 0 when there was none within the time
   */
  record Answer(int status, String body) {}

  static Answer get(String url) {
    return get(url, 5);
  }

  static Answer get(String url, int seconds) {
    Terminal.Output output =
        Terminal.run(
            "%s curl -sS --noproxy '*' -m %d -w '\\n%%{http_code}' '%s'"
                .formatted(Cluster.OUTSIDE, seconds, url));
    int end = output.out().lastIndexOf('\n');
    if (!output.succeeded() || end < 0) {
      return new Answer(0, output.err().strip());
    }
    return new Answer(
        Integer.parseInt(output.out().substring(end + 1)), output.out().substring(0, end));
  }

  /** As many requests one after another, each on a connection of its own. */
  static List<Answer> getTimes(int times, String url) {
    return IntStream.range(0, times).mapToObj(i -> get(url)).toList();
  }

  /** A connection that stays open; {@link Watch#send} writes to it, its text holds the answers. */
  static Watch connect(String address, int port) {
    return Watch.start(
        "%s bash -c 'exec 3<>/dev/tcp/%s/%d; cat <&3 & cat >&3'"
            .formatted(Cluster.OUTSIDE, address, port)
            .strip());
  }
}
