package dev.ballast.bench;

import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The API server's count of writes, by verb and resource, such as {@code POST addresses}. Rejected
 * writes count too.
 */
record ApiWriteCounts(Map<String, Long> counts) {

  private static final Set<String> WRITING =
      Set.of("POST", "PUT", "PATCH", "APPLY", "DELETE", "DELETECOLLECTION");
  private static final Pattern LINE =
      Pattern.compile("apiserver_request_total\\{([^}]*)\\} ([0-9.e+]+)");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");

  static ApiWriteCounts now(KubernetesClient client) {
    Map<String, Long> counts = new TreeMap<>();
    for (String line : client.raw("/metrics").lines().toList()) {
      Matcher matcher = LINE.matcher(line);
      if (!matcher.matches()) {
        continue;
      }
      Map<String, String> labels = new TreeMap<>();
      LABEL
          .matcher(matcher.group(1))
          .results()
          .forEach(label -> labels.put(label.group(1), label.group(2)));
      if (WRITING.contains(labels.get("verb"))) {
        String subresource = labels.getOrDefault("subresource", "");
        String what = labels.get("resource") + (subresource.isEmpty() ? "" : "/" + subresource);
        counts.merge(
            labels.get("verb") + " " + what,
            (long) Double.parseDouble(matcher.group(2)),
            Long::sum);
      }
    }
    return new ApiWriteCounts(counts);
  }

  /** What was written since then, but for what a benchmark or a data plane writes itself. */
  ApiWriteCounts since(ApiWriteCounts before, Set<String> others) {
    Map<String, Long> difference = new TreeMap<>();
    counts.forEach(
        (what, count) -> {
          long more = count - before.counts().getOrDefault(what, 0L);
          if (more > 0 && !others.contains(what)) {
            difference.put(what, more);
          }
        });
    return new ApiWriteCounts(difference);
  }

  long total() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }
}
