package dev.ballast.chart;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The values of the chart: their defaults and comments from values.yaml, and their descriptions
 * from values.schema.json. The schema decides where a value ends. A map that it does not list, such
 * as {@code resources}, is one value.
 */
record ChartValues(List<Value> values) {

  /** Comments of YAML, which no parser returns. */
  private static final Pattern COMMENT = Pattern.compile(" *# ?(.*)");

  private static final Pattern KEY = Pattern.compile("( *)(\\w+):.*");
  private static final int INDENT = 2;

  /**
   * A value, or a section of values.
   *
   * @param comment what values.yaml says above it
   * @param description what the schema says about it
   */
  record Value(
      String path, JsonNode defaultValue, String comment, String description, boolean section) {}

  static ChartValues read(Path chart) throws IOException {
    ObjectMapper json = new ObjectMapper();
    String yaml = Files.readString(chart.resolve("values.yaml"));
    JsonNode defaults = json.valueToTree(new KubernetesSerialization().unmarshal(yaml, Map.class));
    JsonNode schema = json.readTree(chart.resolve("values.schema.json").toFile());
    List<Value> values = new ArrayList<>();
    collect("", schema, defaults, comments(yaml.lines().toList()), values);
    return new ChartValues(List.copyOf(values));
  }

  private static void collect(
      String prefix,
      JsonNode schema,
      JsonNode defaults,
      Map<String, String> comments,
      List<Value> values) {
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      String path = prefix + property.getKey();
      JsonNode type = property.getValue();
      boolean section = type.has("properties");
      if (!path.equals("global")) {
        JsonNode value = defaults.path(property.getKey());
        String comment = comments.getOrDefault(path, "");
        values.add(new Value(path, value, comment, type.path("description").asText(), section));
        collect(path + ".", type, value, comments, values);
      }
    }
  }

  /** Returns the comment above each key, by the path of the key. */
  private static Map<String, String> comments(List<String> lines) {
    Map<String, String> comments = new HashMap<>();
    List<String> path = new ArrayList<>();
    List<String> above = new ArrayList<>();
    for (String line : lines) {
      Matcher comment = COMMENT.matcher(line);
      Matcher key = KEY.matcher(line);
      if (comment.matches()) {
        above.add(comment.group(1));
        continue;
      }
      if (key.matches()) {
        int depth = key.group(1).length() / INDENT;
        path = new ArrayList<>(path.subList(0, Math.min(depth, path.size())));
        path.add(key.group(2));
        comments.put(String.join(".", path), String.join(" ", above));
      }
      above.clear();
    }
    return comments;
  }

  /** Returns the values as a table in Markdown. */
  String table() {
    StringBuilder table = new StringBuilder("| Value | Default | Description |\n|---|---|---|\n");
    for (Value value : values) {
      if (value.section()) {
        table.append("| **%s** | | %s |\n".formatted(value.path(), value.comment()));
      } else {
        String defaultValue = value.defaultValue().toString().replace("|", "\\|");
        table.append(
            "| `%s` | `%s` | %s |\n".formatted(value.path(), defaultValue, value.comment()));
      }
    }
    return table.toString();
  }
}
