package dev.ballast.docs;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The comments of a values.yaml by the name of the value below them, as {@code operator.replicas}.
 * A YAML parser drops comments, so this one reads lines: one key a line, indented by two.
 */
final class ValuesComments {

  private static final Pattern COMMENT = Pattern.compile(" *# ?(.*)");
  private static final Pattern KEY = Pattern.compile("( *)([A-Za-z][A-Za-z0-9]*):.*");

  private final Map<String, String> comments = new HashMap<>();

  ValuesComments(String yaml) {
    Deque<String> path = new ArrayDeque<>();
    StringBuilder comment = new StringBuilder();
    for (String line : yaml.lines().toList()) {
      Matcher text = COMMENT.matcher(line);
      Matcher key = KEY.matcher(line);
      if (text.matches()) {
        comment.append(text.group(1)).append(' ');
      } else if (key.matches()) {
        while (path.size() > key.group(1).length() / 2) {
          path.removeLast();
        }
        path.addLast(key.group(2));
        comments.put(String.join(".", path), comment.toString().strip());
        comment.setLength(0);
      } else {
        comment.setLength(0);
      }
    }
  }

  /** Empty if there is none. */
  String of(String name) {
    return comments.getOrDefault(name, "");
  }
}
