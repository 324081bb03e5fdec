package dev.ballast.e2e;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;

import java.util.Map;
import java.util.TreeMap;

/** Tells which Pod answered, by nginx's access logs: its page is the same in all Pods. */
final class AccessLogs {

  private AccessLogs() {}

  /** Requests that carried a token, by Pod. */
  static Map<String, Long> requestsByPod(String selector, String token) {
    return Terminal.run(
            "kubectl logs -l %s --prefix --tail=-1 --max-log-requests=20".formatted(selector))
        .out()
        .lines()
        .filter(line -> line.contains(token))
        .collect(
            groupingBy(line -> line.substring(1, line.indexOf(']')), TreeMap::new, counting()));
  }

  static long sum(Map<String, Long> requests) {
    return requests.values().stream().mapToLong(Long::longValue).sum();
  }
}
