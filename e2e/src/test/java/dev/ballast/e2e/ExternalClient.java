package dev.ballast.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A client outside the cluster. */
final class ExternalClient {

  private ExternalClient() {}

  /**
   * An answer over HTTP.
   *
   * @param status 0 when there was none within the time
   */
  record HttpAnswer(int status, String body) {}

  static HttpAnswer get(String url) {
    return get(url, 5);
  }

  static HttpAnswer get(String url, int seconds) {
    Terminal.Output output =
        Terminal.run(
            "%s curl -g -sS --noproxy '*' -m %d -w '\\n%%{http_code}' '%s'"
                .formatted(Cluster.OUTSIDE, seconds, url));
    int end = output.out().lastIndexOf('\n');
    if (!output.succeeded() || end < 0) {
      return new HttpAnswer(0, output.err().strip());
    }
    return new HttpAnswer(
        Integer.parseInt(output.out().substring(end + 1)), output.out().substring(0, end));
  }

  /** As many requests one after another, each on a connection of its own. */
  static List<HttpAnswer> getTimes(int times, String url) {
    return IntStream.range(0, times).mapToObj(i -> get(url)).toList();
  }

  /**
   * The answer to one datagram, from a socket of its own; empty if none came within two seconds.
   */
  static String datagram(String address, int port, String message) {
    return Terminal.run(
            "%s timeout 2 bash -c 'exec 3<>/dev/udp/%s/%d; printf %%s \"%s\" >&3; dd bs=2000 count=1 <&3 2>/dev/null'"
                .formatted(Cluster.OUTSIDE, address, port, message))
        .out();
  }

  /** What the kernel says when it opens a TCP connection; empty when it opened one. */
  static String connectError(String address, int port) {
    Terminal.Output output =
        Terminal.run(
            "%s timeout 4 bash -c 'exec 3<>/dev/tcp/%s/%d'"
                .formatted(Cluster.OUTSIDE, address, port));
    return output.succeeded() ? "" : output.err().isEmpty() ? "timed out" : output.err();
  }

  /** Whether a TCP connection is refused, instead of opened or left without an answer. */
  static boolean isRefused(String address, int port) {
    return connectError(address, port).contains("Connection refused");
  }

  /** The source address of what this client sends there. */
  static String sourceTowards(String address) {
    String route =
        Terminal.quietly("%s ip -o route get %s".formatted(Cluster.OUTSIDE, address)).strip();
    return route.replaceFirst(".* src (\\S+).*", "$1");
  }

  /** The names of the Pods that answer so many requests at {@code /hostname}. */
  static Set<String> whoAnswers(String address, int times) {
    return getTimes(times, "http://%s/hostname".formatted(host(address))).stream()
        .map(HttpAnswer::body)
        .collect(Collectors.toSet());
  }

  /** Waits until an address answers as the Pods of {@link BackendPods} do. */
  static void awaitAnswer(String address, int port) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(get("http://%s:%d/hostname".formatted(host(address), port)).body())
                    .startsWith("echo-"));
  }

  /** An address as URLs want it. */
  static String host(String address) {
    return address.contains(":") ? "[" + address + "]" : address;
  }

  /**
   * A connection that stays open; {@link BackgroundCommand#send} writes to it, its text holds the
   * answers.
   */
  static BackgroundCommand connect(String address, int port) {
    return BackgroundCommand.start(
        "%s bash -c 'exec 3<>/dev/tcp/%s/%d; cat <&3 & cat >&3'"
            .formatted(Cluster.OUTSIDE, address, port)
            .strip());
  }
}
