package dev.ballast.lab;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The Markdown table of the metrics in a Prometheus scrape. */
public final class MetricsTable {

  private static final Pattern HELP = Pattern.compile("# HELP (ballast_\\S+) ?(.*)");
  private static final Pattern TYPE = Pattern.compile("# TYPE (ballast_\\S+) (.*)");
  private static final Pattern SAMPLE = Pattern.compile("(ballast_[a-z_]+)\\{(.*)} \\S+");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");

  /**
   * One row for each metric of Ballast: its name, type, labels with their values, and help.
   *
   * @param scrape in the Prometheus text format
   * @param open labels whose values are names that users choose
   */
  public static String of(String scrape, Set<String> open) {
    Map<String, String> types = new TreeMap<>();
    Map<String, String> helps = new TreeMap<>();
    Map<String, Map<String, Set<String>>> labels = new TreeMap<>();
    for (String line : scrape.lines().toList()) {
      Matcher help = HELP.matcher(line);
      Matcher type = TYPE.matcher(line);
      Matcher sample = SAMPLE.matcher(line);
      if (help.matches()) {
        helps.put(help.group(1), help.group(2));
      } else if (type.matches()) {
        types.put(type.group(1), type.group(2));
      } else if (sample.matches()) {
        String name = sample.group(1).replaceFirst("_(bucket|count|sum)$", "");
        LABEL
            .matcher(sample.group(2))
            .results()
            .forEach(
                label ->
                    labels
                        .computeIfAbsent(name, key -> new TreeMap<>())
                        .computeIfAbsent(label.group(1), key -> new TreeSet<>())
                        .add(label.group(2)));
      }
    }
    StringBuilder table =
        new StringBuilder("| Metric | Type | Labels | Meaning |\n|---|---|---|---|\n");
    types.forEach(
        (name, type) ->
            table.append(
                "| `%s` | %s | %s | %s |\n"
                    .formatted(
                        name,
                        type,
                        labels.getOrDefault(name, Map.of()).entrySet().stream()
                            .filter(label -> !label.getKey().equals("le"))
                            .map(label -> text(label.getKey(), label.getValue(), open))
                            .collect(Collectors.joining("<br>")),
                        helps.getOrDefault(name, ""))));
    return table.toString();
  }

  private static String text(String label, Set<String> values, Set<String> open) {
    return open.contains(label)
        ? "`" + label + "`"
        : "`%s`: %s"
            .formatted(
                label,
                values.stream().map(value -> "`" + value + "`").collect(Collectors.joining(", ")));
  }

  private MetricsTable() {}
}
